r"""Every neuron's step and its adjoint on a GPU, in Triton: the operations of ``steps.h``, a program for BLOCK neurons.

A program takes its neurons through all steps with the state in registers. The way back runs forward once more, which
stores the states before each step, and then backward through them; nothing but the inputs is saved between the two.
Where ``steps.h`` uses expm1 this uses a logistic function, so tanh is right to an absolute rounding error only.

Shapes: T steps, B batch (any trailing shape), N neurons of it, S numbers of a state, D learned parameters.
"""

# Triton compiles its functions by itself: their arguments have no types.
# ruff: noqa: ANN202
# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from spaces.kernels.library import PLANES, SURROGATES, like

BLOCK = 256
LEARNED = tl.constexpr(8)  # places for learned parameters' gradients, a power of two; LNM needs six
# Places among the constants, as in blocks.h.
SHAPE, THRESHOLD, REST, KEEP = tl.constexpr(2), tl.constexpr(6), tl.constexpr(7), tl.constexpr(8)
C0, C1, C2 = tl.constexpr(9), tl.constexpr(10), tl.constexpr(11)


def forward(
    x_TB: Tensor, state_SB: Tensor | None, learned: Tensor | None, name: str, constants: list[float]
) -> tuple[Tensor, Tensor]:
    """As `spaces.kernels.neuron.neuron`."""
    s_TB, final_SB = like(x_TB), x_TB.new_empty((PLANES[name], *x_TB.shape[1:]))
    _through_time(x_TB, state_SB, learned, name, constants, s_TB, final_SB, None)
    return s_TB, final_SB


def backward(
    grad_s_TB: Tensor,
    grad_final_SB: Tensor | None,
    x_TB: Tensor,
    state_SB: Tensor | None,
    learned: Tensor | None,
    name: str,
    constants: list[float],
) -> tuple[Tensor, Tensor, Tensor]:
    """As `spaces.kernels.neuron.neuron_backward`."""
    final_SB = x_TB.new_empty((PLANES[name], *x_TB.shape[1:]))
    states_TSB = x_TB.new_empty((len(x_TB), *final_SB.shape))
    _through_time(x_TB, state_SB, learned, name, constants, like(x_TB), final_SB, states_TSB)
    grad_x_TB, grad_state_SB = like(x_TB), like(final_SB)
    programs = triton.cdiv(x_TB[0].numel(), BLOCK)
    sums_PD = torch.zeros((programs, LEARNED.value), dtype=torch.float64, device=x_TB.device)
    with torch.cuda.device_of(x_TB):
        _backward[(programs,)](
            x_TB.contiguous(),
            states_TSB,
            _or(learned, x_TB),
            _numbers(constants, x_TB),
            grad_s_TB.contiguous(),
            _or(grad_final_SB, x_TB),
            grad_x_TB,
            grad_state_SB,
            sums_PD,
            len(x_TB),
            x_TB[0].numel(),
            grad_final_SB is not None,
            **_variant(name, constants),
        )
    of_state = x_TB.new_empty(0) if state_SB is None else grad_state_SB
    of_learned = x_TB.new_empty(0) if learned is None else sums_PD.sum(0)[: learned.numel()].to(x_TB.dtype)
    return grad_x_TB, of_state, of_learned


def _through_time(
    x_TB: Tensor,
    state_SB: Tensor | None,
    learned: Tensor | None,
    name: str,
    constants: list[float],
    s_TB: Tensor,
    final_SB: Tensor,
    states_TSB: Tensor | None,
) -> None:
    with torch.cuda.device_of(x_TB):
        _forward[(triton.cdiv(x_TB[0].numel(), BLOCK),)](
            x_TB.contiguous(),
            _or(state_SB, x_TB),
            _or(learned, x_TB),
            _numbers(constants, x_TB),
            s_TB,
            final_SB,
            _or(states_TSB, x_TB),
            len(x_TB),
            x_TB[0].numel(),
            state_SB is not None,
            states_TSB is not None,
            **_variant(name, constants),
        )


def _variant(name: str, constants: list[float]) -> dict[str, Any]:
    kind, _, bounding = name.partition("_")
    return {
        "KIND": "lnm" if kind.startswith("lnm") else kind,
        "DEGREE": int(kind[3:]) if kind.startswith("lnm") else 0,
        "BY_TANH": bounding == "tanh",
        "DETACH": constants[0] != 0,
        "SURROGATE": SURROGATES[int(constants[1])],
        "PLANES": PLANES[name],
        "BLOCK": BLOCK,
        "enable_fp_fusion": False,  # products and sums are rounded one by one, as in the literal steps
    }


def _or(tensor: Tensor | None, other: Tensor) -> Tensor:
    """What a program does not read must still be a pointer."""
    return other if tensor is None else tensor.contiguous()


def _numbers(constants: list[float], x_TB: Tensor) -> Tensor:
    """In the type of x: numbers among a kernel's arguments would be float32."""
    return torch.tensor(constants, dtype=x_TB.dtype, device=x_TB.device)


@triton.jit
def _forward(
    x_TN, state_SN, learned, constants, s_TN, final_SN, states_TSN, T, N,
    HAS_STATE: tl.constexpr, SAVE: tl.constexpr,
    KIND: tl.constexpr, DEGREE: tl.constexpr, BY_TANH: tl.constexpr, DETACH: tl.constexpr,
    SURROGATE: tl.constexpr, PLANES: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    n = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    there = n < N
    v = tl.zeros((BLOCK,), x_TN.dtype.element_ty)
    s = tl.zeros((BLOCK,), x_TN.dtype.element_ty)
    a = tl.zeros((BLOCK,), x_TN.dtype.element_ty)
    if PLANES == 3:
        a += tl.load(constants + REST)
    if HAS_STATE:
        v = tl.load(state_SN + n, there, 0)
        s = tl.load(state_SN + N + n, there, 0)
        if PLANES == 3:
            a = tl.load(state_SN + 2 * N + n, there, 0)
    now = n
    states = states_TSN + n
    for _ in range(T):
        if SAVE:
            tl.store(states, v, there)
            tl.store(states + N, s, there)
            if PLANES == 3:
                tl.store(states + 2 * N, a, there)
            states += PLANES * N
        x = tl.load(x_TN + now, there, 0)
        v, a, u = _step(v, s, a, x, learned, constants, KIND, DEGREE, BY_TANH)
        s = (u >= 0).to(v.dtype)
        tl.store(s_TN + now, s, there)
        now += N
    tl.store(final_SN + n, v, there)
    tl.store(final_SN + N + n, s, there)
    if PLANES == 3:
        tl.store(final_SN + 2 * N + n, a, there)


@triton.jit
def _backward(
    x_TN, states_TSN, learned, constants, grad_s_TN, grad_final_SN, grad_x_TN, grad_state_SN, sums_PD, T, N,
    HAS_FINAL: tl.constexpr,
    KIND: tl.constexpr, DEGREE: tl.constexpr, BY_TANH: tl.constexpr, DETACH: tl.constexpr,
    SURROGATE: tl.constexpr, PLANES: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    n = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    there = n < N
    gv = tl.zeros((BLOCK,), x_TN.dtype.element_ty)
    gs = tl.zeros((BLOCK,), x_TN.dtype.element_ty)
    ga = tl.zeros((BLOCK,), x_TN.dtype.element_ty)
    if HAS_FINAL:
        gv = tl.load(grad_final_SN + n, there, 0)
        gs = tl.load(grad_final_SN + N + n, there, 0)
        if PLANES == 3:
            ga = tl.load(grad_final_SN + 2 * N + n, there, 0)
    sums = tl.zeros((BLOCK, LEARNED), x_TN.dtype.element_ty)
    now = n + tl.cast(T - 1, tl.int64) * N
    states = states_TSN + n + tl.cast(T - 1, tl.int64) * PLANES * N
    for _ in range(T):
        v = tl.load(states, there, 0)
        s = tl.load(states + N, there, 0)
        a = ga * 0
        if PLANES == 3:
            a = tl.load(states + 2 * N, there, 0)
        x = tl.load(x_TN + now, there, 0)
        _, _, u = _step(v, s, a, x, learned, constants, KIND, DEGREE, BY_TANH)
        d = (tl.load(grad_s_TN + now, there, 0) + gs) * _derivative(u, constants, SURROGATE)
        gx, gv, gs, ga, sums = _adjoint(v, s, a, x, d, gv, ga, sums, learned, constants, KIND, DEGREE, BY_TANH, DETACH)
        tl.store(grad_x_TN + now, gx, there)
        now -= N
        states -= PLANES * N
    tl.store(grad_state_SN + n, gv, there)
    tl.store(grad_state_SN + N + n, gs, there)
    if PLANES == 3:
        tl.store(grad_state_SN + 2 * N + n, ga, there)
    total = tl.sum(tl.where(there[:, None], sums, 0).to(tl.float64), 0)
    tl.store(sums_PD + tl.program_id(0) * LEARNED + tl.arange(0, LEARNED), total)


@triton.jit
def _step(v, s, a, x, learned, constants, KIND: tl.constexpr, DEGREE: tl.constexpr, BY_TANH: tl.constexpr):
    """The potential and what adapts after a step, and the spike's argument."""
    threshold = tl.load(constants + THRESHOLD)
    keep = tl.load(constants + KEEP)
    if KIND == "plif":
        keep = tl.load(learned)
    if KIND == "slif":
        keep, _ = _slif_keep(v, s, constants)
        v = (v - s * threshold) * keep + x
        u = v - threshold
    elif KIND == "alif":
        v = keep * v + x - (threshold + tl.load(constants + C2) * a) * s
        a = tl.load(constants + C0) * a + tl.load(constants + C1) * s
        u = v - (threshold + tl.load(constants + C2) * a)
    elif KIND == "lnm":
        f, _, _ = _polynomial(v, learned, constants, DEGREE, BY_TANH)
        v = f * (1 - s) + x
        u = v - threshold
    else:
        v = keep * v * (1 - s) + x
        u = v - threshold
        if KIND == "llif":
            u = v - a
            a = a + tl.load(constants + C0) * _tanh(tl.maximum(-x, 0))
    return v, a, u


@triton.jit
def _adjoint(
    v, s, a, x, d, gv, ga, sums, learned, constants,
    KIND: tl.constexpr, DEGREE: tl.constexpr, BY_TANH: tl.constexpr, DETACH: tl.constexpr,
):  # fmt: skip
    """From the gradients of the state after a step and of u: of the input, of the state before, of what is learned."""
    threshold = tl.load(constants + THRESHOLD)
    keep = tl.load(constants + KEEP)
    place = tl.arange(0, LEARNED)[None, :]
    if KIND == "plif":
        keep = tl.load(learned)
    own = gv + d
    gx = own
    gs = own * 0  # what the reset sees
    if KIND == "slif":
        kept, slope = _slif_keep(v, s, constants)
        through_keep = own * (v - s * threshold) * slope
        gv = own * kept + through_keep * s
        gs = through_keep * (v - threshold)
        if not DETACH:
            gs = gs - own * kept * threshold
    elif KIND == "alif":
        beta = tl.load(constants + C2)
        gb = ga - beta * d
        gs = tl.load(constants + C1) * gb
        if not DETACH:
            gs = gs - own * (threshold + beta * a)
        ga = tl.load(constants + C0) * gb - own * beta * s
        gv = keep * own
    elif KIND == "lnm":
        f, slope, u = _polynomial(v, learned, constants, DEGREE, BY_TANH)
        through = own * (1 - s)
        power = through
        for i in tl.static_range(DEGREE):
            power = power * u
            sums += tl.where(place == i, power[:, None], 0)
        if not DETACH:
            gs = -own * f
        inner = 1 - u * u
        if not BY_TANH:
            inner = (u == v).to(u.dtype)
        gv = through * slope * inner
    else:
        if KIND == "plif":
            sums += tl.where(place == 0, (own * (1 - s) * v)[:, None], 0)
        if KIND == "llif":
            rise = _tanh(tl.maximum(-x, 0))
            gx = own + tl.where(rise > 0, -tl.load(constants + C0) * (1 - rise * rise) * ga, 0)
            ga = ga - d
        if not DETACH:
            gs = -own * (keep * v)
        gv = own * (1 - s) * keep
    return gx, gv, gs, ga, sums


@triton.jit
def _slif_keep(v, s, constants):
    """What a SLIF's step keeps, and its derivative by the overshoot."""
    tau, beta = tl.load(constants + C0), tl.load(constants + C1)
    overshoot = s * (v - tl.load(constants + THRESHOLD))
    t = _tanh(overshoot)
    rate = 1 / (tau - beta * t)
    bounded = (rate > 1 / 1.05) | (rate < 0)
    keep = tl.exp(-tl.where(bounded, 1 / 1.05, rate))
    keep = tl.where(overshoot == 0, tl.load(constants + KEEP), keep)  # as torch rounds it, for who has not overshot
    return keep, tl.where(bounded, 0, -beta * (1 - t * t) * rate * rate * keep)


@triton.jit
def _polynomial(v, learned, constants, DEGREE: tl.constexpr, BY_TANH: tl.constexpr):
    """An LNM's f, its derivative, both at the bounded potential u; and u."""
    bound = tl.load(constants + C0)
    u = tl.minimum(tl.maximum(v, -bound), bound)
    if BY_TANH:
        u = _tanh(v)
    f = u * 0
    slope = u * 0
    for i in tl.static_range(DEGREE):
        theta = tl.load(learned + DEGREE - 1 - i)
        slope = slope * u + (f + theta)
        f = (f + theta) * u
    return f, slope, u


@triton.jit
def _derivative(u, constants, SURROGATE: tl.constexpr):
    """What stands for the derivative of the spike (surrogates.h)."""
    a = tl.load(constants + SHAPE)
    if SURROGATE == "triangle":
        found = tl.maximum(a - a * a * tl.abs(u), 0)
    elif SURROGATE == "rectangle":
        found = tl.where(tl.abs(u) < a / 2, 1 / a, 0)
    elif SURROGATE == "arctan":
        scaled = 1.5707963267948966 * a * u
        found = a / 2 / (1 + scaled * scaled)
    elif SURROGATE == "sigmoid":
        e = tl.exp(-a * tl.abs(u))
        found = a * e / ((1 + e) * (1 + e))
    else:
        flank, spread, scale = (
            tl.load(constants + SHAPE + 1),
            tl.load(constants + SHAPE + 2),
            tl.load(constants + SHAPE + 3),
        )
        flanks = _normal(u - a, spread * a) + _normal(u + a, spread * a)
        found = scale * ((1 + flank) * _normal(u, a) - flank * flanks)
    return found.to(u.dtype)


@triton.jit
def _normal(x, sigma):
    z = x / sigma
    return tl.exp(z * z * -0.5) / (sigma * 2.5066282746310002)


@triton.jit
def _tanh(x):
    e = tl.exp(-2 * tl.abs(x))
    size = (1 - e) / (1 + e)
    return tl.where(x < 0, -size, size)
