"""The one interface of all synapses: a sequence in, currents and the final state out.

Shapes: T steps, B batch, I inputs, O outputs; `x_TB` and `y_TB` have any trailing shape.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.grad import conv2d_input

from spaces.part import Operations, Part


class Synapse(Part, ABC):
    """From `x_TB` to currents `y_TB` and the final state, which starts the next chunk of a sequence.

    It is made from its parameters and the numbers of its inputs and outputs; one of images, where these are channels,
    also from a `size` and a `stride`. Its `weight` has outputs and inputs as its first axes.
    """

    weight: Tensor

    @abstractmethod
    def forward(self, x_TB: Tensor, state: Any = None) -> tuple[Tensor, Any]: ...

    @abstractmethod
    def operations(self, x_TB: Tensor, y_TB: Tensor) -> Operations:
        """What it cost to turn `x_TB` into `y_TB`."""

    def extra_repr(self) -> str:
        return ", ".join(filter(None, (f"{tuple(self.weight.shape)}", super().extra_repr())))

    def own_parameters(self) -> dict[str, nn.Parameter]:
        """Whatever is no weight."""
        return {name: p for name, p in super().own_parameters().items() if name not in ("weight", "bias")}


class Stateless(Synapse):
    """One that sees each step alone, so that all steps of all samples are one batch."""

    @abstractmethod
    def batch(self, x_B: Tensor) -> Tensor:
        """The currents of a batch of steps."""

    def forward(self, x_TB: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        return each_step(self.batch, x_TB), None


def each_step(module: Callable[[Tensor], Tensor], x_TB: Tensor) -> Tensor:
    """`module` of every step of every sample, as one batch."""
    if isinstance(module, nn.Identity):
        return x_TB
    y = module(x_TB.flatten(0, 1))
    return y.reshape(*x_TB.shape[:2], *y.shape[1:])


def decaying(fed_TB: Tensor, keep: float | Tensor, z_B: Tensor | None) -> tuple[Tensor, Tensor]:
    """z[t] = keep z[t-1] + fed[t] at every step, and the last one; without a z before the first, that is 0."""
    found = []
    for fed_B in fed_TB.unbind(0):
        z_B = keep * (torch.zeros_like(fed_B) if z_B is None else z_B) + fed_B
        found.append(z_B)
    return torch.stack(found), found[-1]


def linear_operations(weight_OI: Tensor, x: Tensor, y: Tensor) -> Operations:
    """Of connections from every input to every output."""
    return _operations(weight_OI, x, y, len(weight_OI))


def convolution_operations(
    weight: Tensor, x_BCHW: Tensor, y_BCHW: Tensor, stride: Any, padding: Any, dilation: Any = 1, groups: int = 1
) -> Operations:
    """Of a convolution: an input reaches fewer outputs at the border."""
    how = (stride, padding, dilation, groups)
    ones = torch.ones_like(y_BCHW[:1])
    reached: Tensor = conv2d_input(x_BCHW[:1].shape, torch.ones_like(weight), ones, *how)  # type: ignore[no-untyped-call]
    return _operations(weight, x_BCHW, y_BCHW, reached)


def _operations(weight: Tensor, x: Tensor, y: Tensor, fan_out: Tensor | int) -> Operations:
    connections = weight[0].numel() * y.numel()
    if not binary(x):
        return Operations(macs=connections)
    acs = connections * int(x.count_nonzero()) / x.numel()
    return Operations(acs=acs, sops=(x * fan_out).sum(dtype=torch.float64).item())


def binary(x: Tensor) -> bool:
    """Whether all are spikes or none."""
    return bool(((x == 0) | (x == 1)).all())
