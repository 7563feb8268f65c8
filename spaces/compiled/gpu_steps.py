"""A neuron's step, its adjoint and its surrogate on a GPU: the operations of ``steps.h`` and ``surrogates.h``."""

# Triton compiles its functions by itself: their arguments have no types.
# ruff: noqa: ANN201, ANN202
# mypy: disable-error-code="untyped-decorator, no-untyped-def, no-untyped-call"

import triton
import triton.language as tl

LEARNED = tl.constexpr(8)  # places for gradients of learned parameters, a power of two; LNM needs six
# Places among the constants, as in blocks.h.
SHAPE, THRESHOLD, REST, KEEP = tl.constexpr(2), tl.constexpr(6), tl.constexpr(7), tl.constexpr(8)
C0, C1, C2 = tl.constexpr(9), tl.constexpr(10), tl.constexpr(11)


@triton.jit
def numbers(constants, learned, own, N, there, KIND: tl.constexpr, OWN: tl.constexpr):
    """Threshold, keep and c of all neurons, or of each its own."""
    threshold, keep = tl.load(constants + THRESHOLD), tl.load(constants + KEEP)
    c0, c1, c2 = tl.load(constants + C0), tl.load(constants + C1), tl.load(constants + C2)
    if KIND == "plif":
        keep = tl.load(learned)
    if OWN > 0:
        threshold, keep = tl.load(own, there, 1), tl.load(own + N, there, 0)
    if OWN > 2:
        c0, c1, c2 = tl.load(own + 2 * N, there, 0), tl.load(own + 3 * N, there, 0), tl.load(own + 4 * N, there, 0)
    return threshold, keep, c0, c1, c2


@triton.jit
def step(
    v, s, a, x, threshold, keep, c0, c1, c2, learned, KIND: tl.constexpr, DEGREE: tl.constexpr, BY_TANH: tl.constexpr
):
    """The potential and what adapts after a step, and the spike's argument."""
    if KIND == "slif":
        kept, _ = _slif_keep(v, s, threshold, keep, c0, c1)
        v = (v - s * threshold) * kept + x
        u = v - threshold
    elif KIND == "alif":
        v = keep * v + x - (threshold + c2 * a) * s
        a = c0 * a + c1 * s
        u = v - (threshold + c2 * a)
    elif KIND == "lnm":
        f, _, _ = _polynomial(v, learned, c0, DEGREE, BY_TANH)
        v = f * (1 - s) + x
        u = v - threshold
    else:
        v = keep * v * (1 - s) + x
        u = v - threshold
        if KIND == "llif":
            u = v - a
            a = a + c0 * _tanh(tl.maximum(-x, 0))
    return v, a, u


@triton.jit
def adjoint(
    v, s, a, x, d, gv, ga, sums, threshold, keep, c0, c1, c2, learned,
    KIND: tl.constexpr, DEGREE: tl.constexpr, BY_TANH: tl.constexpr, OWN: tl.constexpr, DETACH: tl.constexpr,
):  # fmt: skip
    """From the gradients of the state after a step and of u: of the input, of the state before, and onto `sums`.

    These collect the gradients of learned parameters, or of threshold, keep and c of each neuron's own.
    """
    own = gv + d  # of the potential after the step, and so of the input
    gx = own
    if KIND == "slif":
        gv, gs = _slif_adjoint(v, s, own, threshold, keep, c0, c1, DETACH)
    elif KIND == "alif":
        gv, gs, ga, sums = _alif_adjoint(v, s, a, d, own, ga, sums, threshold, keep, c0, c1, c2, OWN, DETACH)
    elif KIND == "lnm":
        gv, gs, sums = _lnm_adjoint(v, s, own, sums, learned, c0, DEGREE, BY_TANH, DETACH)
    else:
        gv, gs, sums = _lif_adjoint(v, s, d, own, sums, keep, KIND, OWN, DETACH)
        if KIND == "llif":
            rise = _tanh(tl.maximum(-x, 0))
            gx = own + tl.where(rise > 0, -c0 * (1 - rise * rise) * ga, 0)
            ga = ga - d
    return gx, gv, gs, ga, sums


@triton.jit
def _lif_adjoint(v, s, d, own, sums, keep, KIND: tl.constexpr, OWN: tl.constexpr, DETACH: tl.constexpr):
    of_keep = own * (1 - s) * v
    if KIND == "plif":
        sums = _onto(sums, 0, of_keep)
    if OWN > 0:
        sums = _onto(_onto(sums, 0, -d), 1, of_keep)
    gs = own * 0  # what the reset sees
    if not DETACH:
        gs = -own * (keep * v)
    return own * (1 - s) * keep, gs, sums


@triton.jit
def _slif_adjoint(v, s, own, threshold, keep, c0, c1, DETACH: tl.constexpr):
    kept, slope = _slif_keep(v, s, threshold, keep, c0, c1)
    through_keep = own * (v - s * threshold) * slope
    gs = through_keep * (v - threshold)
    if not DETACH:
        gs = gs - own * kept * threshold
    return own * kept + through_keep * s, gs


@triton.jit
def _alif_adjoint(
    v, s, a, d, own, ga, sums, threshold, keep, c0, c1, c2, OWN: tl.constexpr, DETACH: tl.constexpr
):  # fmt: skip
    gb = ga - c2 * d
    if OWN > 0:
        sums = _onto(_onto(sums, 0, -(d + own * s)), 1, own * v)
        sums = _onto(_onto(sums, 2, gb * a), 3, gb * s)
        sums = _onto(sums, 4, -(d * (c0 * a + c1 * s) + own * a * s))
    gs = c1 * gb
    if not DETACH:
        gs = gs - own * (threshold + c2 * a)
    return keep * own, gs, c0 * gb - own * c2 * s, sums


@triton.jit
def _lnm_adjoint(
    v, s, own, sums, learned, bound, DEGREE: tl.constexpr, BY_TANH: tl.constexpr, DETACH: tl.constexpr
):  # fmt: skip
    f, slope, u = _polynomial(v, learned, bound, DEGREE, BY_TANH)
    through = own * (1 - s)
    power = through
    for i in tl.static_range(DEGREE):
        power = power * u
        sums = _onto(sums, i, power)
    gs = own * 0
    if not DETACH:
        gs = -own * f
    inner = 1 - u * u
    if not BY_TANH:
        inner = (u == v).to(u.dtype)
    return through * slope * inner, gs, sums


@triton.jit
def _onto(sums, place, gradient):
    return sums + tl.where(tl.arange(0, LEARNED)[None, :] == place, gradient[:, None], 0)


@triton.jit
def _slif_keep(v, s, threshold, keep, tau, beta):
    """What a SLIF's step keeps, and its derivative by the overshoot."""
    overshoot = s * (v - threshold)
    t = _tanh(overshoot)
    rate = 1 / (tau - beta * t)
    bounded = (rate > 1 / 1.05) | (rate < 0)
    kept = tl.exp(-tl.where(bounded, 1 / 1.05, rate))
    kept = tl.where(overshoot == 0, keep, kept)  # as torch rounds it, for who has not overshot
    return kept, tl.where(bounded, 0, -beta * (1 - t * t) * rate * rate * kept)


@triton.jit
def _polynomial(v, learned, bound, DEGREE: tl.constexpr, BY_TANH: tl.constexpr):
    """An LNM's f, its derivative, both at the bounded potential u; and u."""
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
def derivative(u, constants, SURROGATE: tl.constexpr):
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
