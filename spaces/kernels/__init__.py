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
from torch.autograd import forward_ad

from spaces.kernels.library import LIBRARIES, SURROGATES
from spaces.kernels.neuron import neuron
from spaces.kernels.recurrent import recurrent
from spaces.kernels.super_neuron import super_neuron

__all__ = ["LIBRARIES", "Kernel", "SuperKernel", "available"]


def available(x: Tensor) -> bool:
    """Whether there are kernels for tensors like `x`; none in forward mode, where torch would take tangents as 0."""
    return x.device.type == "cpu" and x.dtype in LIBRARIES and forward_ad._current_level < 0


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
        state_SB = None if state is None else in_memory_order(stacked(x_TB, state), x_TB)
        learned = self.parameters(x_TB)
        s_TB, final_SB = neuron(in_memory_order(x_TB, x_TB), state_SB, learned, self.name, self.constants())
        return out_of_memory_order(s_TB, x_TB), self.state(*out_of_memory_order(final_SB, x_TB).unbind())

    def recurrent(self, x_TBN: Tensor, weight_NN: Tensor, fed_BN: Tensor, state: Any) -> tuple[Tensor, Any]:
        """The same where the spikes come back at the next step through `weight_NN`; `fed_BN` at the first."""
        state_SBN = None if state is None else stacked(x_TBN, state)
        learned = self.parameters(x_TBN)
        s_TBN, final_SBN, *_ = recurrent(x_TBN, weight_NN, fed_BN, state_SBN, learned, self.name, self.constants())
        return s_TBN, self.state(*final_SBN.unbind())

    def parameters(self, x_TB: Tensor) -> Tensor | None:
        return None if self.learned is None else self.learned.to(x_TB.dtype)

    def constants(self) -> list[float]:
        """In the order of ``blocks.h``."""
        p = self.params
        shape = [value for key, value in vars(p.surrogate).items() if key != "name"]
        head = [float(p.detach_reset), float(SURROGATES.index(p.surrogate.name)), *padded(shape, 4)]
        return [*head, p.v_threshold, self.rest, self.keep, *padded(self.others, 3)]


@dataclass(frozen=True)
class SuperKernel:
    """Compiled candidates of a super neuron, with their shares and BatchNorms, whose running statistics it keeps."""

    candidates: list[Kernel]
    share_K: Tensor
    norms: list[Any]

    def __call__(self, x_TBC: Tensor, state: Any) -> tuple[Tensor, Any]:
        """The mixture and the candidates' final states."""
        kernels, norms = self.candidates, self.norms
        learned = [kernel.parameters(x_TBC) for kernel in kernels]
        parameters = [z.reshape(-1) for z in learned if z is not None]
        gain_KC, shift_KC = (torch.stack([getattr(norm, name) for norm in norms]) for name in ("weight", "bias"))
        running = [torch.stack([getattr(norm, f"running_{name}") for norm in norms]) for name in ("mean", "var")]
        states_SB = None if state is None else torch.cat([stacked(x_TBC, s) for s in state])
        mixed_TBC, final_SB, _, rate_KC = super_neuron(
            _samples_by_channels(x_TBC, x_TBC),
            None if states_SB is None else _samples_by_channels(states_SB, x_TBC),
            torch.cat(parameters) if parameters else None,
            self.share_K,
            gain_KC,
            shift_KC,
            None if norms[0].training else torch.stack(running),
            norms[0].eps,
            ",".join(kernel.name for kernel in kernels),
            [number for kernel in kernels for number in kernel.constants()],
            [0 if z is None else z.numel() for z in learned],
        )
        if norms[0].training:
            self._remember(rate_KC.detach(), x_TBC.numel() // x_TBC.shape[2])
        mixed_TBC, final_SB = (_as_they_were(z, x_TBC) for z in (mixed_TBC, final_SB))
        finals = torch.split(final_SB, [len(kernel.state._fields) for kernel in kernels])
        return mixed_TBC, tuple(kernel.state(*z.unbind()) for kernel, z in zip(kernels, finals, strict=True))

    def _remember(self, rate_KC: Tensor, values: int) -> None:
        """As a BatchNorm in training does, with the variance's unbiased estimate."""
        with torch.no_grad():
            for norm, mean_C in zip(self.norms, rate_KC.unbind(), strict=True):
                norm.num_batches_tracked += 1
                norm.running_mean.lerp_(mean_C.to(norm.running_mean.dtype), norm.momentum)
                variance_C = mean_C * (1 - mean_C) * (values / (values - 1))
                norm.running_var.lerp_(variance_C.to(norm.running_var.dtype), norm.momentum)


def padded(values: Sequence[float], length: int) -> list[float]:
    return [*values, *[0.0] * (length - len(values))]


def stacked(x_TB: Tensor, state: Any) -> Tensor:
    return torch.stack([z.expand_as(x_TB[0]).to(x_TB.dtype) for z in state])


def channels_last(x_TB: Tensor) -> bool:
    """Whether `x_TBCHW` lies in memory as `x_TBHWC`, as convolutions on a CPU like it."""
    return x_TB.dim() == 5 and not x_TB.is_contiguous() and x_TB.movedim(2, 4).is_contiguous()


def in_memory_order(z_SB: Tensor, x_TB: Tensor) -> Tensor:
    """A view of `z_SB`, axes in the order of `x_TB` in memory; neurons do not see each other, so any order will do."""
    return z_SB.movedim(2, 4) if channels_last(x_TB) else z_SB


def out_of_memory_order(z_SB: Tensor, x_TB: Tensor) -> Tensor:
    return z_SB.movedim(4, 2) if channels_last(x_TB) else z_SB


def _samples_by_channels(z_SBC: Tensor, x_TBC: Tensor) -> Tensor:
    """In memory order; where channels come last, every position is a sample."""
    return in_memory_order(z_SBC, x_TBC).flatten(1, 3) if channels_last(x_TBC) else z_SBC


def _as_they_were(z_SBC: Tensor, x_TBC: Tensor) -> Tensor:
    if not channels_last(x_TBC):
        return z_SBC
    _, batch, _, height, width = x_TBC.shape
    return out_of_memory_order(z_SBC.view(len(z_SBC), batch, height, width, -1), x_TBC)
