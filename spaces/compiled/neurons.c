/* The compiled neurons; spaces/compiled/library.py calls them. */

#include "super_neuron.h"

typedef void Forward(const Call *, long, int, real *, long);
typedef void Backward(const Call *, long, int, const real *, long, int, real *, double *);

/* `planes` numbers of state and `memos` of memo each neuron and step has; `learned` parameters have a gradient,
   and `owned` constants, of which every neuron has its own. */
typedef struct {
    Forward *forward;
    Backward *backward;
    int planes, memos, learned;
} Kernel;

#define NEURON(name, remember, step, adjoint, planes, memos, learned_keep, learned, owned)                    \
    WIDE static void name##_forward(const Call *call, long n, int width, real *spikes, long stride) {         \
        forward(remember, step, planes, memos, learned_keep, owned, call, n, width, spikes, stride);          \
    }                                                                                                         \
    WIDE static void name##_backward(const Call *call, long n, int width, const real *grad_spikes,            \
                                     long stride, int add, real *work, double *sums) {                        \
        backward(remember, step, adjoint, planes, memos, learned_keep, learned, owned, call, n, width,        \
                 grad_spikes, stride, add, work, sums);                                                       \
    }                                                                                                         \
    static const Kernel name = {name##_forward, name##_backward, planes, memos, learned};

#define LNM(name, degree, by_tanh)                                                                            \
    INLINE real name##_step(const Constants *k, State *z, Memo m, real x) {                                   \
        return lnm_step(degree, by_tanh, k, z, x);                                                            \
    }                                                                                                         \
    INLINE real name##_adjoint(const Constants *k, State z, Memo m, real d, State *g, real *sums) {           \
        return lnm_adjoint(degree, by_tanh, k, z, d, g, sums);                                                \
    }                                                                                                         \
    NEURON(name, nothing, name##_step, name##_adjoint, 2, 0, 0, degree, 0)

NEURON(lif, nothing, lif_step, lif_adjoint, 2, 0, 0, 0, 0)
NEURON(lif_own, nothing, lif_step, lif_own_adjoint, 2, 0, 0, 0, 2)
NEURON(plif, nothing, lif_step, plif_adjoint, 2, 0, 1, 1, 0)
NEURON(llif, llif_memo, llif_step, llif_adjoint, 3, 1, 0, 0, 0)
NEURON(slif, slif_memo, slif_step, slif_adjoint, 2, 2, 0, 0, 0)
NEURON(alif, nothing, alif_step, alif_adjoint, 3, 0, 0, 0, 0)
NEURON(alif_own, nothing, alif_step, alif_own_adjoint, 3, 0, 0, 0, 5)
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
    &lnm5, &lnm6, &lnm1_tanh, &lnm2_tanh, &lnm3_tanh, &lnm4_tanh, &lnm5_tanh, &lnm6_tanh, &lif_own, &alif_own,
};

/* So many neurons that what the adjoint keeps of their steps stays in the first cache, but for long sequences. */
INLINE int block(long steps) {
    long fitting = 512 / steps / 16 * 16;
    return fitting < 64 ? 64 : fitting > BLOCK ? BLOCK : (int)fitting;
}

static real *workspace(const Kernel *kernel, long steps, int width) {
    return malloc((1 + kernel->planes + kernel->memos) * (steps + 1) * width * sizeof(real) + 1); /* never of nothing */
}

INLINE int least(long a, long b) { return (int)(a < b ? a : b); }

/* What allocates says whether it got its memory. */
enum { DONE, NO_MEMORY };

void neuron_forward(const Call *call, int64_t low, int64_t high) {
    const int whole = block(call->steps);
    for (long n = low; n < high; n += whole)
        KERNELS[call->kernel]->forward(call, n, least(whole, high - n), call->spikes + n, call->size);
}

/* The gradients of learned parameters are added onto `learned`. */
int neuron_backward(const Call *call, int64_t low, int64_t high, double *learned) {
    const Kernel *kernel = KERNELS[call->kernel];
    const int whole = least(block(call->steps), high - low);
    real *work = workspace(kernel, call->steps, whole);
    if (!work) return NO_MEMORY;
    double sums[LEARNED * BLOCK] = {0};
    for (long n = low; n < high; n += whole)
        kernel->backward(call, n, least(whole, high - n), call->grad_spikes + n, call->size, 0, work, sums);
    for (int j = 0; j < kernel->learned; j++)
        for (int i = 0; i < BLOCK; i++) learned[j] += sums[j * BLOCK + i];
    free(work);
    return DONE;
}

/* Codes, and counts (K, C) of spikes. */
int super_encode(const Mixture *m, int64_t low, int64_t high, double *counts) {
    const long sample = m->channels * m->positions, steps = m->calls->steps;
    const int whole = least(block(steps), (high - low) * sample);
    real *spikes = malloc(steps * whole * sizeof(real) + 1);
    if (!spikes) return NO_MEMORY;
    for (long n = low * sample; n < high * sample; n += whole)
        for (int k = 0; k < m->candidates; k++) {
            const int width = least(whole, high * sample - n);
            KERNELS[m->calls[k].kernel]->forward(m->calls + k, n, width, spikes, width);
            encode(m, k, n, width, spikes, counts + k * m->channels);
        }
    free(spikes);
    return DONE;
}

void super_decode(const Mixture *m, int64_t low, int64_t high) { decode(m, low, high); }

void super_reduce(const Mixture *m, int64_t low, int64_t high, double *sums) {
    const long sample = m->channels * m->positions;
    for (long n = low * sample; n < high * sample; n += BLOCK) reduce(m, n, least(BLOCK, high * sample - n), sums);
}

/* The gradients of the candidates' learned parameters are added onto `learned`, one candidate's after the other's. */
int super_backward(const Mixture *m, int64_t low, int64_t high, double *learned) {
    const long sample = m->channels * m->positions, steps = m->calls->steps;
    const int whole = least(block(steps), (high - low) * sample);
    real *grad_spikes = malloc(steps * whole * sizeof(real) + 1);
    double *sums = calloc(m->candidates * LEARNED * BLOCK, sizeof(double));
    real **work = malloc(m->candidates * sizeof(real *));
    int status = grad_spikes && sums && work ? DONE : NO_MEMORY;
    for (int k = 0; work && k < m->candidates; k++) {
        work[k] = workspace(KERNELS[m->calls[k].kernel], steps, whole);
        if (!work[k]) status = NO_MEMORY;
    }
    for (long n = low * sample; !status && n < high * sample; n += whole)
        for (int k = 0; k < m->candidates; k++) {
            const int width = least(whole, high * sample - n);
            distribute(m, k, n, width, grad_spikes);
            KERNELS[m->calls[k].kernel]->backward(m->calls + k, n, width, grad_spikes, width, k > 0, work[k],
                                                  sums + k * LEARNED * BLOCK);
        }
    for (int k = 0; work && k < m->candidates; k++) {
        const int parameters = KERNELS[m->calls[k].kernel]->learned;
        for (int j = 0; !status && j < parameters * BLOCK; j++) learned[j / BLOCK] += sums[k * LEARNED * BLOCK + j];
        learned += parameters;
        free(work[k]);
    }
    free(work);
    free(sums);
    free(grad_spikes);
    return status;
}
