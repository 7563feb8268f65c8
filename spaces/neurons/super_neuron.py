r"""Super neuron (ST-DANO, after DARTS): all candidates on the same input, mixed by architecture parameters.

.. math:: \sum_k \mathrm{softmax}(\alpha)_k \, \mathrm{BN}_k(O_k)

with a BatchNorm per candidate. `alpha` is a parameter like any other; a bilevel loop trains it apart from the weights.
Shapes: T steps, B batch, C channels (any trailing shape), K candidates.
"""

from typing import Any

import torch
from torch import Tensor, nn

from spaces import catalog
from spaces.compiled import SuperKernel, available
from spaces.compiled.super_neuron import MOST
from spaces.errors import UserError
from spaces.multi_step import MultiStep, Stepwise, is_heard
from spaces.neurons.params.super_neuron import Params
from spaces.part import Operations
from spaces.transforms import tracing


class Neuron(MultiStep):
    """Its output is a mixture, so not binary. BatchNorms learn their channel count from the first input."""

    params: Params

    def __init__(self, params: Params | None = None) -> None:
        super().__init__(params or Params())
        candidates = self.params.candidates
        self.neurons = nn.ModuleList(catalog.neurons.load(p.name).Neuron(p) for p in candidates)
        self.lateral = any(neuron.lateral for neuron in self.neurons)
        self.norms = nn.ModuleList(nn.LazyBatchNorm1d() for _ in candidates)
        self.alpha = nn.Parameter(1e-3 * torch.randn(len(candidates)))

    def forward(self, x_TB: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        self._materialise(x_TB)
        together = self._kernel(x_TB) if available(x_TB) else None
        return together(x_TB, state) if together else self.literal(x_TB, state)

    def literal(self, x_TB: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Candidate by candidate: what the kernel is held equal to."""
        states = [None] * len(self.neurons) if state is None else state
        runs = [neuron(x_TB, s) for neuron, s in zip(self.neurons, states, strict=True)]
        weights_K = self.alpha.softmax(0)
        mixed = [
            w * normalise(norm, s_TB) for w, norm, (s_TB, _) in zip(weights_K.unbind(), self.norms, runs, strict=True)
        ]
        return torch.stack(mixed).sum(0), tuple(final for _, final in runs)

    def _materialise(self, x_TB: Tensor) -> None:
        """BatchNorms learn how many channels there are; their statistics stay as they are.

        Raises:
            UserError: the input has others.
        """
        shape = tuple(x_TB.shape)
        if len(shape) < 3:
            raise UserError(f"super neuron: got an input of shape {shape}; give (steps, batch, channels, ...)")
        for norm in self.norms:
            if isinstance(norm, nn.LazyBatchNorm1d):
                norm.eval()(torch.zeros(1, shape[2], 1, dtype=x_TB.dtype, device=x_TB.device))
                norm.train(self.training)
        first: Any = self.norms[0]
        width = first.num_features or len(first.weight)  # 0: a state came before the first input
        if not tracing() and shape[2] != width:
            raise UserError(f"super neuron: got an input of shape {shape}; give (steps, batch, {width} channels, ...)")

    def _kernel(self, x_TB: Tensor) -> SuperKernel | None:
        """All candidates in one pass, if each has a kernel, nobody listens to one alone, and BatchNorms are alike."""
        kernels = [neuron.kernel(x_TB.dtype) for neuron in self.neurons if isinstance(neuron, Stepwise)]
        heard = is_heard(*self.neurons, *self.norms)
        mixed = len({(norm.training, norm.eps) for norm in self.norms}) > 1  # as where one of them is frozen
        plain = all(norm.momentum is not None and norm.affine and norm.track_running_stats for norm in self.norms)
        one_value = self.training and x_TB.numel() == x_TB.shape[2]  # refused by BatchNorm, with a message of its own
        if (
            len(kernels) < len(self.neurons)
            or len(kernels) > MOST
            or any(kernel is None or kernel.varies for kernel in kernels)
            or heard
            or mixed
            or not plain
            or one_value
            or x_TB.numel() == 0
        ):
            return None
        return SuperKernel([k for k in kernels if k], self.alpha.softmax(0), list(self.norms))

    def operations(self, x_TB: Tensor, s_TB: Tensor) -> Operations:
        """A MAC for each candidate's BatchNorm and one for its weight; the candidates say what they cost themselves."""
        return Operations(macs=2 * len(self.neurons) * x_TB.numel())


def normalise(norm: nn.Module, s_TBC: Tensor) -> Tensor:
    """BatchNorm over steps, batch and positions; channels are the third axis."""
    out: Tensor = norm(s_TBC.flatten(0, 1).unsqueeze(-1).flatten(2))
    return out.reshape(s_TBC.shape)
