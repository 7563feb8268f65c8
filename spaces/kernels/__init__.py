r"""Neurons compiled from C, at the speed of memory; the modules of ``spaces/neurons`` use them by themselves.

A neuron that has a kernel names it (`Stepwise.kernel`). It runs on a CPU in float32 and float64 where the package was
built with a C compiler; everywhere else, and under ``SEARCHSVC_KERNELS=off``, the neuron's literal steps run, which say
what is true. Spikes and gradients are those of the literal steps, operation by operation; only tanh and exp (LLIF,
SLIF, LNM bounded by tanh) round differently from torch's, by some units in the last place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from spaces.kernels.library import LIBRARIES, SURROGATES
from spaces.kernels.neuron import neuron

__all__ = ["LIBRARIES", "Kernel", "available"]


def available(x: Tensor) -> bool:
    """Whether there are kernels for tensors like `x`."""
    return x.device.type == "cpu" and x.dtype in LIBRARIES


@dataclass(frozen=True)
class Kernel:
    """A compiled neuron and its constants.

    Args:
        name: one of `spaces.kernels.library.PLANES`.
        state: the named tuple of the neuron's state.
        params: for threshold, surrogate and reset.
        keep: the share of the potential that a step keeps.
        rest: what adapts, before the first step.
        others: constants of this neuron alone (``steps.h``), at most three.
        learned: parameters that the kernel has a gradient for.
    """

    name: str
    state: Any
    params: Any
    keep: float = 0.0
    rest: float = 0.0
    others: tuple[float, ...] = ()
    learned: Tensor | None = None

    def __call__(self, x_TB: Tensor, state: Any) -> tuple[Tensor, Any]:
        """The spikes and the final state."""
        s_TB, final_SB = neuron(x_TB, stacked(x_TB, state), self.parameters(x_TB), self.name, self.constants())
        return s_TB, self.state(*final_SB.unbind())

    def parameters(self, x_TB: Tensor) -> Tensor | None:
        return None if self.learned is None else self.learned.to(x_TB.dtype)

    def constants(self) -> list[float]:
        """In the order of ``blocks.h``."""
        p = self.params
        shape = [value for key, value in vars(p.surrogate).items() if key != "name"]
        head = [float(p.detach_reset), float(SURROGATES.index(p.surrogate.name)), *padded(shape, 4)]
        return [*head, p.v_threshold, self.rest, self.keep, *padded(self.others, 3)]


def padded(values: Sequence[float], length: int) -> list[float]:
    return [*values, *[0.0] * (length - len(values))]


def stacked(x_TB: Tensor, state: Any) -> Tensor | None:
    return None if state is None else torch.stack([z.expand_as(x_TB[0]).to(x_TB.dtype) for z in state])
