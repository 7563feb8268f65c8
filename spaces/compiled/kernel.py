"""A compiled neuron as the neuron's module uses it.

Shapes: T steps, B batch, N neurons, S numbers of a state, K constants.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from spaces.compiled.library import SURROGATES
from spaces.compiled.neuron import neuron
from spaces.compiled.order import in_memory_order, out_of_memory_order
from spaces.compiled.recurrent import recurrent


@dataclass(frozen=True)
class Kernel:
    """A compiled neuron and its constants, each a number, or a tensor where every neuron of a sample has its own.

    Args:
        name: one of `spaces.compiled.library.PLANES`.
        state: the named tuple of the neuron's state.
        params: for threshold, surrogate and reset.
        keep: the share of the potential that a step keeps.
        rest: what adapts, before the first step.
        others: constants of this neuron alone (``steps.h``), at most three.
        learned: parameters that the kernel has a gradient for.
        threshold: of the potential; None: that of `params`.
    """

    name: str
    state: Any
    params: Any
    keep: float | Tensor = 0.0
    rest: float = 0.0
    others: tuple[float | Tensor, ...] = ()
    learned: Tensor | None = None
    threshold: float | Tensor | None = None

    def __call__(self, x_TB: Tensor, state: Any) -> tuple[Tensor, Any]:
        """The spikes and the final state."""
        planes = [None if state is None else self.planes(x_TB, state), self.own(x_TB)]
        state_SB, own_KB = (None if z is None else in_memory_order(z, x_TB) for z in planes)
        learned = self.parameters(x_TB)
        x = in_memory_order(x_TB, x_TB)
        s_TB, final_SB = neuron(x, state_SB, learned, own_KB, self.variant, self.constants())
        return out_of_memory_order(s_TB, x_TB), self.state(*out_of_memory_order(final_SB, x_TB).unbind())

    def recurrent(self, x_TBN: Tensor, weight_NN: Tensor, fed_BN: Tensor, state: Any) -> tuple[Tensor, Any]:
        """The same where the spikes come back at the next step through `weight_NN`; `fed_BN` at the first."""
        state_SBN = None if state is None else self.planes(x_TBN, state)
        rest = self.parameters(x_TBN), self.own(x_TBN), self.variant, self.constants()
        s_TBN, final_SBN, *_ = recurrent(x_TBN, weight_NN, fed_BN, state_SBN, *rest)
        return s_TBN, self.state(*final_SBN.unbind())

    def planes(self, x_TB: Tensor, state: Any) -> Tensor:
        """The numbers of a state as one tensor; of another neuron's state there are too few or too many."""
        return torch.stack([z.expand_as(x_TB[0]).to(x_TB.dtype) for z in self.state(*state)])

    def parameters(self, x_TB: Tensor) -> Tensor | None:
        return None if self.learned is None else self.learned.to(x_TB.dtype)

    @property
    def varies(self) -> bool:
        """Whether neurons have constants of their own."""
        return any(isinstance(c, Tensor) for c in self._numbers)

    @property
    def variant(self) -> str:
        return f"{self.name}_own" if self.varies else self.name

    def own(self, x_TB: Tensor) -> Tensor | None:
        """Threshold, keep and the others of every neuron, if any differs."""
        if not self.varies:
            return None
        constants = [torch.as_tensor(c, dtype=x_TB.dtype, device=x_TB.device) for c in self._numbers]
        return torch.stack([c.expand_as(x_TB[0]) for c in constants])

    def constants(self) -> list[float]:
        """In the order of ``blocks.h``; those that differ are 0."""
        p = self.params
        shape = [value for key, value in vars(p.surrogate).items() if key != "name"]
        head = [float(p.detach_reset), float(SURROGATES.index(p.surrogate.name)), *padded(shape, 4)]
        threshold, keep, *others = (0.0 if isinstance(c, Tensor) else c for c in self._numbers)
        return [*head, threshold, self.rest, keep, *padded(others, 3)]

    @property
    def _numbers(self) -> tuple[float | Tensor, ...]:
        threshold = self.params.v_threshold if self.threshold is None else self.threshold
        return threshold, self.keep, *self.others


def padded(values: Sequence[float], length: int) -> list[float]:
    return [*values, *[0.0] * (length - len(values))]
