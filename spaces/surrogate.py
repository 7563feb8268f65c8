r"""Spikes with a surrogate gradient.

Forward is the Heaviside step :math:`H(x)` with :math:`H(0) = 1`. Backward replaces its derivative by a triangle

.. math:: g'(x) = \max(0, a - a^2 |x|), \qquad a > 0,

which has height `a`, support :math:`[-1/a, 1/a]` and area 1 (ST-DANO, with a = 1).
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class _Triangle(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, slope: float) -> Tensor:
        ctx.save_for_backward(x)
        ctx.slope = slope
        return (x >= 0).to(x.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        a: float = ctx.slope
        return grads[0] * (a - a * a * x.abs()).clamp_min(0), None


def spike(x: Tensor, slope: float = 1.0) -> Tensor:
    """1 where `x` >= 0, else 0, in the type of `x`; gradient of the triangle of height `slope`.

    >>> x = torch.tensor([-0.5, 0.0, 2.0], requires_grad=True)
    >>> spike(x).tolist()
    [0.0, 1.0, 1.0]
    >>> spike(x).sum().backward(); x.grad.tolist()
    [0.5, 1.0, 0.0]
    """
    out: Tensor = _Triangle.apply(x, slope)  # type: ignore[no-untyped-call]
    return out
