"""A compiled super neuron as its module uses it.

Shapes: T steps, B batch, C channels, K candidates, S numbers of a state.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from spaces.compiled.kernel import Kernel
from spaces.compiled.order import channels_last, in_memory_order, out_of_memory_order
from spaces.compiled.super_neuron import super_neuron


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
        states_SB = None
        if state is not None:
            states_SB = torch.cat([kernel.planes(x_TBC, s) for kernel, s in zip(kernels, state, strict=True)])
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


def _samples_by_channels(z_SBC: Tensor, x_TBC: Tensor) -> Tensor:
    """In memory order; where channels come last, every position is a sample."""
    return in_memory_order(z_SBC, x_TBC).flatten(1, 3) if channels_last(x_TBC) else z_SBC


def _as_they_were(z_SBC: Tensor, x_TBC: Tensor) -> Tensor:
    if not channels_last(x_TBC):
        return z_SBC
    _, batch, _, height, width = x_TBC.shape
    return out_of_memory_order(z_SBC.view(len(z_SBC), batch, height, width, -1), x_TBC)
