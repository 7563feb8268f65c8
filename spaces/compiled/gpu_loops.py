"""A block of neurons through all steps on a GPU, forward and back.

Shapes: T steps, N neurons, S numbers of a state, D learned parameters, P programs, K constants of a neuron's own.
"""

# Triton compiles its functions by itself: their arguments have no types.
# ruff: noqa: ANN201, ANN202
# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

import triton
import triton.language as tl

from spaces.compiled.gpu_steps import LEARNED, REST, adjoint, derivative, numbers, step


@triton.jit
def forward_loop(
    x_TN, state_SN, learned, own_KN, constants, s_TN, final_SN, states_TSN, T, N,
    HAS_STATE: tl.constexpr, SAVE: tl.constexpr,
    KIND: tl.constexpr, DEGREE: tl.constexpr, BY_TANH: tl.constexpr, OWN: tl.constexpr, DETACH: tl.constexpr,
    SURROGATE: tl.constexpr, PLANES: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    n = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    there = n < N
    threshold, keep, c0, c1, c2 = numbers(constants, learned, own_KN + n, N, there, KIND, OWN)
    v = tl.zeros((BLOCK,), x_TN.dtype.element_ty)
    s, a = v, v
    if PLANES == 3:
        a = a + tl.load(constants + REST)
    if HAS_STATE:
        v, s, a = _load(state_SN + n, N, there, PLANES)
    now = n
    states = states_TSN + n
    for _ in range(T):
        if SAVE:
            _store(states, N, there, v, s, a, PLANES)
            states += PLANES * N
        x = tl.load(x_TN + now, there, 0)
        v, a, u = step(v, s, a, x, threshold, keep, c0, c1, c2, learned, KIND, DEGREE, BY_TANH)
        s = (u >= 0).to(v.dtype)
        tl.store(s_TN + now, s, there)
        now += N
    _store(final_SN + n, N, there, v, s, a, PLANES)


@triton.jit
def backward_loop(
    x_TN, states_TSN, learned, own_KN, constants, grad_s_TN, grad_final_SN,
    grad_x_TN, grad_state_SN, sums_PD, grad_own_KN, T, N,
    HAS_FINAL: tl.constexpr,
    KIND: tl.constexpr, DEGREE: tl.constexpr, BY_TANH: tl.constexpr, OWN: tl.constexpr, DETACH: tl.constexpr,
    SURROGATE: tl.constexpr, PLANES: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    n = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    there = n < N
    threshold, keep, c0, c1, c2 = numbers(constants, learned, own_KN + n, N, there, KIND, OWN)
    gv = tl.zeros((BLOCK,), x_TN.dtype.element_ty)
    gs, ga = gv, gv
    if HAS_FINAL:
        gv, gs, ga = _load(grad_final_SN + n, N, there, PLANES)
    sums = tl.zeros((BLOCK, LEARNED), x_TN.dtype.element_ty)
    now = n + tl.cast(T - 1, tl.int64) * N
    states = states_TSN + n + tl.cast(T - 1, tl.int64) * PLANES * N
    for _ in range(T):
        v, s, a = _load(states, N, there, PLANES)
        x = tl.load(x_TN + now, there, 0)
        _, _, u = step(v, s, a, x, threshold, keep, c0, c1, c2, learned, KIND, DEGREE, BY_TANH)
        d = (tl.load(grad_s_TN + now, there, 0) + gs) * derivative(u, constants, SURROGATE)
        gx, gv, gs, ga, sums = adjoint(
            v, s, a, x, d, gv, ga, sums, threshold, keep, c0, c1, c2, learned, KIND, DEGREE, BY_TANH, OWN, DETACH
        )
        tl.store(grad_x_TN + now, gx, there)
        now -= N
        states -= PLANES * N
    _store(grad_state_SN + n, N, there, gv, gs, ga, PLANES)
    place = tl.arange(0, LEARNED)[None, :]
    if OWN > 0:
        tl.store(grad_own_KN + place * N + n[:, None], sums, there[:, None] & (place < OWN))
    total = tl.sum(tl.where(there[:, None], sums, 0).to(tl.float64), 0)
    tl.store(sums_PD + tl.program_id(0) * LEARNED + tl.arange(0, LEARNED), total)


@triton.jit
def _load(at, N, there, PLANES: tl.constexpr):
    """Potential, spike and what adapts, or their gradients, whose planes begin `at`; 0 for what a neuron has not."""
    v = tl.load(at, there, 0)
    s = tl.load(at + N, there, 0)
    a = tl.zeros_like(v)
    if PLANES == 3:
        a = tl.load(at + 2 * N, there, 0)
    return v, s, a


@triton.jit
def _store(at, N, there, v, s, a, PLANES: tl.constexpr):
    tl.store(at, v, there)
    tl.store(at + N, s, there)
    if PLANES == 3:
        tl.store(at + 2 * N, a, there)
