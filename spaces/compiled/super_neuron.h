/* A super neuron (equations: super_neuron.py): K candidates on one input, a block at a time, so that the input is read
   once. A code holds the candidates' spikes of one neuron and step, bit k that of candidate k. */

#pragma once

#include "blocks.h"

/* Neurons are B samples of C channels of P positions; ranges are of samples. */
typedef struct {
    int64_t candidates, channels, positions;
    const Call *calls;
    uint8_t *codes;                     /* (T, N) */
    const real *table;                  /* (C, 2^K): what each code becomes */
    real *mixed;                        /* (T, N) */
    const real *grad_mixed;             /* (T, N) */
    const real *scale, *shift, *slope;  /* (K, C): the gradient of spike s is scale * grad_mixed + shift + slope * s */
} Mixture;

/* From neuron n on, `width` lanes of what each channel has one of. */
INLINE void spread(const real *restrict of_channel, const Mixture *m, long n, int width, real *restrict lanes) {
    const long P = m->positions;
    for (int i = 0, stop; i < width; i = stop) {
        const long c = (n + i) / P % m->channels, left = P == 1 ? m->channels - c : P - (n + i) % P;
        stop = i + left < width ? (int)(i + left) : width;
        for (int j = i; j < stop; j++) lanes[j] = of_channel[P == 1 ? c + j - i : c];
    }
}

/* The sums of lanes by channel onto what each channel has one of. */
INLINE void gather(const real *restrict lanes, const Mixture *m, long n, int width, double *restrict of_channel) {
    const long P = m->positions;
    for (int i = 0, stop; i < width; i = stop) {
        const long c = (n + i) / P % m->channels, left = P == 1 ? m->channels - c : P - (n + i) % P;
        stop = i + left < width ? (int)(i + left) : width;
        if (P == 1) {
            for (int j = i; j < stop; j++) of_channel[c + j - i] += lanes[j];
            continue;
        }
        real sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int j = i; j < stop; j++) sum += lanes[j];
        of_channel[c] += sum;
    }
}

/* Candidate k's spikes into the codes, and their number in each channel. */
WIDE static void encode(const Mixture *m, int k, long n, int width, const real *restrict spikes, double *counts) {
    const long size = m->calls->size;
    real sums[BLOCK] = {0};
    for (long t = 0; t < m->calls->steps; t++) {
        const real *restrict s = spikes + t * width;
        uint8_t *restrict to = m->codes + t * size + n;
        for (int i = 0; i < width; i++) {
            to[i] = (uint8_t)((k ? to[i] : 0) | (s[i] != 0 ? 1 << k : 0));
            sums[i] += s[i];
        }
    }
    gather(sums, m, n, width, counts);
}

WIDE static void decode(const Mixture *m, long low, long high) {
    const long C = m->channels, P = m->positions, size = m->calls->size, codes = 1L << m->candidates;
    for (long t = 0; t < m->calls->steps; t++)
        for (long row = t * size + low * C * P; row < t * size + high * C * P; row += C * P)
            for (long c = 0; c < C; c++) {
                const real *restrict value = m->table + c * codes;
                for (long at = row + c * P; at < row + (c + 1) * P; at++) m->mixed[at] = value[m->codes[at]];
            }
}

/* By channel the sums of the gradient, and of it where candidate k fired: sums (1 + K, C). */
WIDE static void reduce(const Mixture *m, long n, int width, double *sums) {
    const long size = m->calls->size;
    for (int k = -1; k < m->candidates; k++) {
        real lanes[BLOCK] = {0};
        for (long t = 0; t < m->calls->steps; t++) {
            const real *restrict g = m->grad_mixed + t * size + n;
            const uint8_t *restrict code = m->codes + t * size + n;
            if (k < 0)
                for (int i = 0; i < width; i++) lanes[i] += g[i];
            else
                for (int i = 0; i < width; i++) lanes[i] += code[i] >> k & 1 ? g[i] : 0;
        }
        gather(lanes, m, n, width, sums + (k + 1) * m->channels);
    }
}

/* The gradient of candidate k's spikes. */
WIDE static void distribute(const Mixture *m, int k, long n, int width, real *restrict grad_spikes) {
    const long size = m->calls->size;
    real scale[BLOCK], shift[BLOCK], slope[BLOCK];
    spread(m->scale + k * m->channels, m, n, width, scale);
    spread(m->shift + k * m->channels, m, n, width, shift);
    spread(m->slope + k * m->channels, m, n, width, slope);
    for (long t = 0; t < m->calls->steps; t++) {
        const real *restrict g = m->grad_mixed + t * size + n;
        const uint8_t *restrict code = m->codes + t * size + n;
        real *restrict to = grad_spikes + t * width;
        for (int i = 0; i < width; i++) to[i] = scale[i] * g[i] + shift[i] + (code[i] >> k & 1 ? slope[i] : 0);
    }
}
