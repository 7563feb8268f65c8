/* The type of all numbers, float unless REAL is double, and the functions that vectorise in it. */

#pragma once

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* One binary for every processor: the loader takes the widest version that it has. All give the same bits, since
   products and sums are joined (fma) only where the source says so; the narrow version is slow there. */
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__)
#define WIDE __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define WIDE
#endif

#ifdef FLOAT64

typedef double real;

INLINE real expm1_(real x) { return expm1(x); }
INLINE real exp_(real x) { return exp(x); }

#else

typedef float real;

INLINE real fma_(real a, real b, real c) { return __builtin_fmaf(a, b, c); }

/* 2^k (e^r - 1) + (2^k - 1) with x = k log 2 + r, for -87 <= x <= 88; within 2 units in the last place. */
INLINE real expm1_(real x) {
    const real rounder = 12582912; /* 1.5 * 2^23: adding it rounds to an integer */
    real k = fma_(x, 1.44269504f, rounder) - rounder;
    real r = fma_(k, -1.90465421e-9f, fma_(k, -0.693147182f, x)), square = r * r;
    real high = fma_(square, 1 / 5040.f, fma_(r, 1 / 720.f, 1 / 120.f));
    real series = fma_(square, fma_(square, high, fma_(r, 1 / 24.f, 1 / 6.f)), fma_(r, 0.5f, 1));
    union { int32_t bits; real value; } power = {((int32_t)k + 127) << 23};
    return fma_(power.value, r * series, power.value - 1);
}

INLINE real exp_(real x) { return expm1_(x < -87 ? -87 : x) + 1; }

#endif

INLINE real tanh_(real x) {
    real size = x < 0 ? -x : x;
    real e = expm1_(2 * (size > 20 ? 20 : size)); /* NaN stays NaN */
    real t = e / (e + 2);
    return x < 0 ? -t : t;
}

INLINE real positive(real x) { return x < 0 ? 0 : x; } /* NaN stays NaN */
