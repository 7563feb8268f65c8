/* A neuron through time, for a block of neurons whose state stays in the first cache.

   The adjoint saves nothing but the input: it runs forward again, keeping what it needs of the block's steps. */

#pragma once

#include "steps.h"
#include "surrogates.h"

enum { LEARNED = 6 };

/* What one neuron module computes: T steps of N neurons. Null gradients are zero, a null state is rest. */
typedef struct {
    int64_t kernel, steps, size;
    const double *constants;
    const real *learned, *own, *x, *state; /* own (2 to 5, N); x (T, N); states (2 or 3, N) */
    real *spikes, *final;
    const real *grad_spikes, *grad_final;
    real *grad_x, *grad_state, *grad_own; /* onto grad_own */
} Call;

/* The order of Call.constants. */
enum { DETACH, SURROGATE, SHAPE, THRESHOLD = SHAPE + 4, REST, KEEP, OTHERS, CONSTANTS = OTHERS + 3 };

typedef Memo Remember(const Constants *, State, real);
typedef real Step(const Constants *, State *, Memo, real);
typedef real Adjoint(const Constants *, State, Memo, real, State *, real *);

INLINE Constants constants(const Call *call, int learned_keep) {
    const double *c = call->constants;
    real keep = learned_keep ? call->learned[0] : (real)c[KEEP];
    return (Constants){c[DETACH] != 0, c[THRESHOLD], keep, {c[OTHERS], c[OTHERS + 1], c[OTHERS + 2]}, call->learned};
}

/* Those of a neuron that has its own: threshold, keep, c; `owned` of them, from the place of its threshold on. */
INLINE Constants constants_of(const Constants *k, int owned, const real *own, long size) {
    const real c0 = owned > 2 ? own[2 * size] : 0, c1 = owned > 3 ? own[3 * size] : 0, c2 = owned > 4 ? own[4 * size] : 0;
    return (Constants){k->detach, own[0], own[size], {c0, c1, c2}, NULL};
}

INLINE void begin(const Call *call, int planes, long n, int width, real *v, real *s, real *a) {
    const real *from = call->state ? call->state + n : NULL;
    for (int i = 0; i < width; i++) {
        v[i] = from ? from[i] : 0;
        s[i] = from ? from[call->size + i] : 0;
        if (planes == 3) a[i] = from ? from[2 * call->size + i] : (real)call->constants[REST];
    }
}

INLINE void end(const Call *call, real *states, int planes, long n, int width, const real *v, const real *s, const real *a) {
    real *to = states + n;
    memcpy(to, v, width * sizeof(real));
    memcpy(to + call->size, s, width * sizeof(real));
    if (planes == 3) memcpy(to + 2 * call->size, a, width * sizeof(real));
}

/* The same row of the next block is on its way while this block is at work. */
INLINE void prefetch(const real *row, int width, const int for_writing) {
    for (int i = 0; i < width; i += 64 / sizeof(real)) __builtin_prefetch(row + width + i, for_writing);
}

/* Neurons n to n + width: their spikes, `stride` apart in time. */
INLINE void forward(Remember remember, Step step, int planes, int memos, int learned_keep, int owned, const Call *call,
                    long n, int width, real *restrict spikes, long stride) {
    const Constants k = constants(call, learned_keep);
    const real *own = owned ? call->own + n : NULL;
    real v[BLOCK], s[BLOCK], a[BLOCK], p[BLOCK];
    begin(call, planes, n, width, v, s, a);
    for (long t = 0; t < call->steps; t++) {
        const real *restrict x = call->x + t * call->size + n;
        real *restrict to = spikes + t * stride;
        prefetch(x, width, 0);
        if (memos)
#pragma omp simd
            for (int i = 0; i < width; i++) p[i] = remember(&k, (State){v[i], s[i], 0}, x[i]).p;
#pragma omp simd
        for (int i = 0; i < width; i++) {
            const Constants c = owned ? constants_of(&k, owned, own + i, call->size) : k;
            State z = {v[i], s[i], planes == 3 ? a[i] : 0};
            real u = step(&c, &z, (Memo){memos ? p[i] : 0, 0}, x[i]);
            v[i] = z.v;
            to[i] = s[i] = u >= 0 ? 1 : 0;
            if (planes == 3) a[i] = z.a;
        }
    }
    end(call, call->final, planes, n, width, v, s, a);
}

/* The input's gradient into grad_x (or onto it, if `add`), that of learned parameters onto `sums`, of own constants
   onto grad_own.
   `work` holds 1 + planes + memos numbers of each neuron and step, and of one step more. */
INLINE void backward(Remember remember, Step step, Adjoint adjoint, int planes, int memos, int learned_keep, int learned,
                     int owned, const Call *call, long n, int width, const real *restrict grad_spikes, long stride,
                     int add, real *restrict work, double *sums) {
    const Constants k = constants(call, learned_keep);
    const real *of_own = owned ? call->own + n : NULL;
    const long steps = call->steps, area = (steps + 1) * width;
    real *restrict us = work, *restrict vs = us + area, *restrict ss = vs + area, *restrict as = ss + area;
    real *restrict ps = vs + planes * area, *restrict qs = ps + area;
    begin(call, planes, n, width, vs, ss, as);
    for (long t = 0; t < steps; t++) {
        const real *restrict x = call->x + t * call->size + n;
        const long now = t * width, next = now + width;
        prefetch(x, width, 0);
        prefetch(grad_spikes + t * stride, width, 0);
        prefetch(call->grad_x + t * call->size + n, width, 1);
        if (memos)
#pragma omp simd
            for (int i = 0; i < width; i++) {
                Memo m = remember(&k, (State){vs[now + i], ss[now + i], 0}, x[i]);
                ps[now + i] = m.p;
                if (memos > 1) qs[now + i] = m.q;
            }
#pragma omp simd
        for (int i = 0; i < width; i++) {
            const Constants c = owned ? constants_of(&k, owned, of_own + i, call->size) : k;
            State z = {vs[now + i], ss[now + i], planes == 3 ? as[now + i] : 0};
            real u = step(&c, &z, (Memo){memos ? ps[now + i] : 0, 0}, x[i]);
            us[now + i] = u;
            vs[next + i] = z.v;
            ss[next + i] = u >= 0 ? 1 : 0;
            if (planes == 3) as[next + i] = z.a;
        }
        derivative((int)call->constants[SURROGATE], call->constants + SHAPE, us + now, width);
    }
    real v[BLOCK], s[BLOCK], a[BLOCK], own[LEARNED * BLOCK];
    for (int i = 0; i < width; i++) {
        const real *last = call->grad_final ? call->grad_final + n + i : NULL;
        v[i] = last ? last[0] : 0;
        s[i] = last ? last[call->size] : 0;
        a[i] = last && planes == 3 ? last[2 * call->size] : 0;
    }
    memset(own, 0, (learned + owned) * BLOCK * sizeof(real));
    for (long t = steps - 1; t >= 0; t--) {
        const real *restrict given = grad_spikes + t * stride;
        real *restrict to = call->grad_x + t * call->size + n;
        const long at = t * width;
#pragma omp simd
        for (int i = 0; i < width; i++) {
            const Constants c = owned ? constants_of(&k, owned, of_own + i, call->size) : k;
            State z = {vs[at + i], ss[at + i], planes == 3 ? as[at + i] : 0}, g = {v[i], 0, planes == 3 ? a[i] : 0};
            Memo m = {memos > 0 ? ps[at + i] : 0, memos > 1 ? qs[at + i] : 0};
            real gx = adjoint(&c, z, m, (given[i] + s[i]) * us[at + i], &g, own + i);
            to[i] = add ? to[i] + gx : gx;
            v[i] = g.v;
            s[i] = g.s;
            if (planes == 3) a[i] = g.a;
        }
    }
    if (call->grad_state) end(call, call->grad_state, planes, n, width, v, s, a);
    for (int j = 0; j < learned; j++)
        for (int i = 0; i < width; i++) sums[j * BLOCK + i] += own[j * BLOCK + i];
    for (int j = 0; j < owned; j++)
        for (int i = 0; i < width; i++) call->grad_own[j * call->size + n + i] += own[j * BLOCK + i];
}
