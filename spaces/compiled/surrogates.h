/* What stands for the derivative of the spike (equations: spaces/gradients/spike.py), in place. */

#pragma once

#include "real.h"

enum { TRIANGLE, RECTANGLE, ARCTAN, SIGMOID, MULTI_GAUSSIAN };

#define EACH(expression)                                    \
    _Pragma("omp simd") for (long i = 0; i < n; i++) {      \
        real x = u[i];                                      \
        u[i] = (expression);                                \
    }                                                       \
    break

INLINE real logistic_derivative(real x, real slope) {
    real e = exp_(-slope * (x < 0 ? -x : x));
    return slope * e / ((1 + e) * (1 + e));
}

INLINE real normal(real x, real sigma) {
    real z = x / sigma;
    return exp_(z * z * (real)-0.5) / (sigma * (real)2.5066282746310002); /* sqrt(2 pi) */
}

INLINE real multi_gaussian(real x, real sigma, real flank, real spread, real scale) {
    real flanks = normal(x - sigma, spread * sigma) + normal(x + sigma, spread * sigma);
    return scale * ((1 + flank) * normal(x, sigma) - flank * flanks);
}

WIDE static void derivative(int surrogate, const double *shape, real *restrict u, long n) {
    real a = shape[0], b = shape[1], c = shape[2], d = shape[3];
    real half = a / 2, inverse = 1 / a, slope = 1.5707963267948966 * shape[0];
    switch (surrogate) {
    case TRIANGLE: EACH(positive(a - a * a * (x < 0 ? -x : x)));
    case RECTANGLE: EACH((x < 0 ? -x : x) < half ? inverse : 0);
    case ARCTAN: EACH(half / (1 + (slope * x) * (slope * x)));
    case SIGMOID: EACH(logistic_derivative(x, a));
    case MULTI_GAUSSIAN: EACH(multi_gaussian(x, a, b, c, d));
    }
}
