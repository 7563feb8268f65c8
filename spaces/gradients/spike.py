r"""Spikes with a surrogate gradient.

Forward is the Heaviside step :math:`H(x)` with :math:`H(0) = 1`. Backward replaces its derivative by

.. math::

    \text{triangle (ST-DANO):} \quad & \max(0, a - a^2 |x|) \\
    \text{rectangle (Wu et al. 2018):} \quad & 1[|x| < w/2] / w \\
    \text{arctan (Fang et al. 2021):} \quad & \frac{\alpha}{2} \Big/ \Big(1 + \big(\frac{\pi}{2} \alpha x\big)^2\Big) \\
    \text{sigmoid (Neftci et al. 2019):} \quad & \alpha \, \sigma(\alpha x) (1 - \sigma(\alpha x)) \\
    \text{multi-Gaussian (Yin et al. 2021):} \quad & \gamma \big((1 + h) N(x; 0, \sigma^2)
        - h N(x; \sigma, s^2 \sigma^2) - h N(x; -\sigma, s^2 \sigma^2)\big)

with height a, width w, slope alpha, and for the multi-Gaussian scale gamma, flank h, spread s. All are symmetric. Their
area is 1, but the multi-Gaussian's gamma (1 - h): 0.425 with the constants of its authors' code.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from spaces.gradients.params import Arctan, MultiGaussian, Rectangle, Sigmoid, Surrogate, Triangle
from spaces.transforms import exporting, transforming


def spike(x: Tensor, surrogate: Surrogate) -> Tensor:
    """1 where `x` >= 0, else 0, in the type of `x`.

    >>> x = torch.tensor([-0.5, 0.0, 2.0], requires_grad=True)
    >>> spike(x, Triangle()).tolist()
    [0.0, 1.0, 1.0]
    >>> spike(x, Triangle()).sum().backward(); x.grad.tolist()
    [0.5, 1.0, 0.0]
    """
    if exporting():
        return _Spike.forward(x, surrogate)
    function = _Transformable if transforming() else _Spike
    out: Tensor = function.apply(x, surrogate)  # type: ignore[no-untyped-call]
    return out


class _Spike(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, surrogate: Surrogate) -> Tensor:
        return (x >= 0).to(x.dtype)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Surrogate], output: Tensor) -> None:
        x, ctx.surrogate = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        return grads[0] * derivative(x, ctx.surrogate), None


class _Transformable(_Spike):
    """Also in forward mode; apart, since torch.compile refuses functions that have one."""

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Surrogate], output: Tensor) -> None:
        _Spike.setup_context(ctx, inputs, output)
        ctx.save_for_forward(inputs[0])

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Tensor:
        return _Spike.backward(ctx, *tangents)[0]


def derivative(x: Tensor, surrogate: Surrogate) -> Tensor:
    """What stands for the derivative of the step at `x`."""
    return _DERIVATIVES[surrogate.name](x, surrogate)


def _triangle(x: Tensor, p: Triangle) -> Tensor:
    return (p.height - p.height**2 * x.abs()).clamp_min(0)


def _rectangle(x: Tensor, p: Rectangle) -> Tensor:
    return (x.abs() < p.width / 2).to(x.dtype) / p.width


def _arctan(x: Tensor, p: Arctan) -> Tensor:
    return p.alpha / 2 / (1 + (math.pi / 2 * p.alpha * x) ** 2)


def _sigmoid(x: Tensor, p: Sigmoid) -> Tensor:
    return p.alpha * torch.sigmoid(p.alpha * x) * torch.sigmoid(-p.alpha * x)  # 1 - sigmoid would cancel far out


def _multi_gaussian(x: Tensor, p: MultiGaussian) -> Tensor:
    flanks = _normal(x - p.sigma, p.spread * p.sigma) + _normal(x + p.sigma, p.spread * p.sigma)
    return p.scale * ((1 + p.flank) * _normal(x, p.sigma) - p.flank * flanks)


def _normal(x: Tensor, sigma: float) -> Tensor:
    return torch.exp(-0.5 * (x / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))


_DERIVATIVES: dict[str, Callable[[Tensor, Any], Tensor]] = {
    "triangle": _triangle,
    "rectangle": _rectangle,
    "arctan": _arctan,
    "sigmoid": _sigmoid,
    "multi_gaussian": _multi_gaussian,
}
