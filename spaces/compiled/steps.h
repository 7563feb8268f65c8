/* Every neuron's step and its adjoint, for one neuron and one step (equations: spaces/neurons/). The operations and
   their order are those of the literal steps there, so that spikes are equal.

   A step turns the state before it into the potential and adaptation after it, and returns the spike's argument u.
   Its adjoint takes the gradients g of the state after it and d of u, turns g into that of the state before it, and
   returns the input's. `sums` collects the gradients of learned parameters, or in `_own` adjoints those of
   threshold, keep and c, of which there every neuron has its own, BLOCK apart. What is dear to compute both find
   in a memo, which is made of state and input in a loop before: two short loops overlap better than a long one. */

#pragma once

#include "real.h"

enum { BLOCK = 512 };

typedef struct {
    real v, s, a; /* potential, spike, and what adapts: LLIF's threshold, ALIF's b */
} State;

typedef struct {
    real p, q;
} Memo;

typedef struct {
    int detach; /* the reset sees spikes without their gradient */
    real threshold, keep, c[3];
    const real *learned;
} Constants;

INLINE real through_reset(const Constants *k, real gradient) { return k->detach ? 0 : gradient; }

INLINE Memo nothing(const Constants *k, State z, real x) { return (Memo){0, 0}; }

/* LIF, and PLIF, which learns what it keeps */

INLINE real lif_step(const Constants *k, State *z, Memo m, real x) {
    z->v = k->keep * z->v * (1 - z->s) + x;
    return z->v - k->threshold;
}

INLINE real lif_adjoint(const Constants *k, State z, Memo m, real d, State *g, real *sums) {
    real gv = g->v + d;
    g->s = through_reset(k, -gv * (k->keep * z.v));
    g->v = gv * (1 - z.s) * k->keep;
    return gv;
}

INLINE real plif_adjoint(const Constants *k, State z, Memo m, real d, State *g, real *sums) {
    sums[0] += (g->v + d) * (1 - z.s) * z.v;
    return lif_adjoint(k, z, m, d, g, sums);
}

INLINE real lif_own_adjoint(const Constants *k, State z, Memo m, real d, State *g, real *sums) {
    sums[0] -= d;
    sums[BLOCK] += (g->v + d) * (1 - z.s) * z.v;
    return lif_adjoint(k, z, m, d, g, sums);
}

/* LLIF: a is the threshold, c[0] = gamma; memo: tanh of the inhibition */

INLINE Memo llif_memo(const Constants *k, State z, real x) { return (Memo){tanh_(positive(-x)), 0}; }

INLINE real llif_step(const Constants *k, State *z, Memo m, real x) {
    z->v = k->keep * z->v * (1 - z->s) + x;
    real u = z->v - z->a;
    z->a += k->c[0] * m.p;
    return u;
}

INLINE real llif_adjoint(const Constants *k, State z, Memo m, real d, State *g, real *sums) {
    real through_rise = m.p > 0 ? -k->c[0] * (1 - m.p * m.p) * g->a : 0;
    g->a -= d;
    return lif_adjoint(k, z, m, d, g, sums) + through_rise;
}

/* SLIF: c = tau, beta; keep = exp(-1 / tau) as torch rounds it, for neurons that have not overshot;
   memo: what the step keeps, and its derivative by the overshoot. With e = exp(2 overshoot) - 1 and
   d = tau (e + 2) - beta e, the rate 1 / tau[t] is (e + 2) / d, and its derivative 4 beta (e + 1) / d^2. */

#define MOST_RATE ((real)(1 / 1.05))

INLINE Memo slif_memo(const Constants *k, State z, real x) {
    real overshoot = z.s * (z.v - k->threshold), o = overshoot > 20 ? 20 : overshoot < -20 ? -20 : overshoot;
    real e = expm1_(2 * o), inverse = 1 / (k->c[0] * (e + 2) - k->c[1] * e), rate = (e + 2) * inverse;
    int bounded = rate > MOST_RATE || rate < 0;
    real keep = overshoot == 0 ? k->keep : exp_(bounded ? -MOST_RATE : -rate);
    return (Memo){keep, bounded ? 0 : -4 * k->c[1] * (e + 1) * inverse * inverse * keep};
}

INLINE real slif_step(const Constants *k, State *z, Memo m, real x) {
    z->v = (z->v - z->s * k->threshold) * m.p + x;
    return z->v - k->threshold;
}

INLINE real slif_adjoint(const Constants *k, State z, Memo m, real d, State *g, real *sums) {
    real above = z.v - k->threshold, gv = g->v + d;
    real govershoot = gv * (z.v - z.s * k->threshold) * m.q;
    g->v = gv * m.p + govershoot * z.s;
    g->s = through_reset(k, -gv * m.p * k->threshold) + govershoot * above;
    return gv;
}

/* ALIF: a is b; c = what b keeps, what a spike adds to it, beta */

INLINE real alif_step(const Constants *k, State *z, Memo m, real x) {
    z->v = k->keep * z->v + x - (k->threshold + k->c[2] * z->a) * z->s;
    z->a = k->c[0] * z->a + k->c[1] * z->s;
    return z->v - (k->threshold + k->c[2] * z->a);
}

INLINE real alif_adjoint(const Constants *k, State z, Memo m, real d, State *g, real *sums) {
    real gv = g->v + d, ga = g->a - k->c[2] * d;
    g->v = k->keep * gv;
    g->s = through_reset(k, -gv * (k->threshold + k->c[2] * z.a)) + k->c[1] * ga;
    g->a = k->c[0] * ga - gv * k->c[2] * z.s;
    return gv;
}

INLINE real alif_own_adjoint(const Constants *k, State z, Memo m, real d, State *g, real *sums) {
    real gv = g->v + d, gb = g->a - k->c[2] * d, b = k->c[0] * z.a + k->c[1] * z.s;
    sums[0] -= d + gv * z.s;
    sums[BLOCK] += gv * z.v;
    sums[2 * BLOCK] += gb * z.a;
    sums[3 * BLOCK] += gb * z.s;
    sums[4 * BLOCK] -= d * b + gv * z.a * z.s;
    return alif_adjoint(k, z, m, d, g, sums);
}

/* LNM of a degree known to the compiler: learned is theta; c[0] = bound of the clip */

INLINE real bounded(const Constants *k, real v, int by_tanh) {
    real bound = k->c[0];
    return by_tanh ? tanh_(v) : v < -bound ? -bound : v > bound ? bound : v;
}

INLINE real lnm_step(int degree, int by_tanh, const Constants *k, State *z, real x) {
    real u = bounded(k, z->v, by_tanh), f = 0;
#pragma GCC unroll 8
    for (int i = degree - 1; i >= 0; i--) f = (f + k->learned[i]) * u;
    z->v = f * (1 - z->s) + x;
    return z->v - k->threshold;
}

INLINE real lnm_adjoint(int degree, int by_tanh, const Constants *k, State z, real d, State *g, real *sums) {
    real u = bounded(k, z.v, by_tanh), f = 0, slope = 0;
#pragma GCC unroll 8
    for (int i = degree - 1; i >= 0; i--) {
        slope = slope * u + (f + k->learned[i]);
        f = (f + k->learned[i]) * u;
    }
    real gv = g->v + d, gf = gv * (1 - z.s), power = gf;
#pragma GCC unroll 8
    for (int i = 0; i < degree; i++) sums[i * BLOCK] += power *= u;
    real inner = by_tanh ? 1 - u * u : u == z.v;
    g->s = through_reset(k, -gv * f);
    g->v = gf * slope * inner;
    return gv;
}
