/* The compiled neurons; spaces/kernels/library.py calls them. */

#include "blocks.h"

typedef void Forward(const Call *, long, int, real *, long);
typedef void Backward(const Call *, long, int, const real *, long, int, real *, double *);

/* `planes` numbers of state and `memos` of memo each neuron and step has; `learned` parameters have a gradient. */
typedef struct {
    Forward *forward;
    Backward *backward;
    int planes, memos, learned;
} Kernel;

#define NEURON(name, step, adjoint, planes, memos, learned_keep, learned)                                     \
    WIDE static void name##_forward(const Call *call, long n, int width, real *spikes, long stride) {         \
        forward(step, planes, learned_keep, call, n, width, spikes, stride);                                  \
    }                                                                                                         \
    WIDE static void name##_backward(const Call *call, long n, int width, const real *grad_spikes,            \
                                     long stride, int add, real *work, double *sums) {                        \
        backward(step, adjoint, planes, memos, learned_keep, learned, call, n, width, grad_spikes, stride,    \
                 add, work, sums);                                                                            \
    }                                                                                                         \
    static const Kernel name = {name##_forward, name##_backward, planes, memos, learned};

#define LNM(name, degree, by_tanh)                                                                            \
    INLINE real name##_step(const Constants *k, State *z, Memo *m, real x) {                                  \
        return lnm_step(degree, by_tanh, k, z, x);                                                            \
    }                                                                                                         \
    INLINE real name##_adjoint(const Constants *k, State z, Memo m, real d, State *g, real *sums) {           \
        return lnm_adjoint(degree, by_tanh, k, z, d, g, sums);                                                \
    }                                                                                                         \
    NEURON(name, name##_step, name##_adjoint, 2, 0, 0, degree)

NEURON(lif, lif_step, lif_adjoint, 2, 0, 0, 0)
NEURON(plif, lif_step, plif_adjoint, 2, 0, 1, 1)
NEURON(llif, llif_step, llif_adjoint, 3, 1, 0, 0)
NEURON(slif, slif_step, slif_adjoint, 2, 2, 0, 0)
NEURON(alif, alif_step, alif_adjoint, 3, 0, 0, 0)
LNM(lnm1, 1, 0)
LNM(lnm2, 2, 0)
LNM(lnm3, 3, 0)
LNM(lnm4, 4, 0)
LNM(lnm5, 5, 0)
LNM(lnm6, 6, 0)
LNM(lnm1_tanh, 1, 1)
LNM(lnm2_tanh, 2, 1)
LNM(lnm3_tanh, 3, 1)
LNM(lnm4_tanh, 4, 1)
LNM(lnm5_tanh, 5, 1)
LNM(lnm6_tanh, 6, 1)

/* In the order of PLANES in library.py. */
static const Kernel *const KERNELS[] = {
    &lif,  &plif, &llif, &slif, &alif, &lnm1, &lnm2, &lnm3, &lnm4,
    &lnm5, &lnm6, &lnm1_tanh, &lnm2_tanh, &lnm3_tanh, &lnm4_tanh, &lnm5_tanh, &lnm6_tanh,
};

/* So many neurons that what the adjoint keeps of their steps stays in the first cache, but for long sequences. */
INLINE int block(long steps) {
    long fitting = 512 / steps / 16 * 16;
    return fitting < 64 ? 64 : fitting > BLOCK ? BLOCK : (int)fitting;
}

static real *workspace(const Kernel *kernel, long steps) {
    return malloc((1 + kernel->planes + kernel->memos) * (steps + 1) * block(steps) * sizeof(real));
}

INLINE int least(long a, long b) { return (int)(a < b ? a : b); }

void neuron_forward(const Call *call, int64_t low, int64_t high) {
    const int whole = block(call->steps);
    for (long n = low; n < high; n += whole)
        KERNELS[call->kernel]->forward(call, n, least(whole, high - n), call->spikes + n, call->size);
}

/* The gradients of learned parameters are added onto `learned`. */
void neuron_backward(const Call *call, int64_t low, int64_t high, double *learned) {
    const Kernel *kernel = KERNELS[call->kernel];
    const int whole = block(call->steps);
    real *work = workspace(kernel, call->steps);
    double sums[LEARNED * BLOCK] = {0};
    for (long n = low; n < high; n += whole)
        kernel->backward(call, n, least(whole, high - n), call->grad_spikes + n, call->size, 0, work, sums);
    for (int j = 0; j < kernel->learned; j++)
        for (int i = 0; i < BLOCK; i++) learned[j] += sums[j * BLOCK + i];
    free(work);
}
