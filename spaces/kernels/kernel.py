"""A compiled neuron as the neuron's module uses it. Shapes: T steps, B batch, N neurons, S numbers of a state."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from spaces.kernels.library import SURROGATES
from spaces.kernels.neuron import neuron
from spaces.kernels.order import in_memory_order, out_of_memory_order, stacked
from spaces.kernels.recurrent import recurrent


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


def padded(values: Sequence[float], length: int) -> list[float]:
    return [*values, *[0.0] * (length - len(values))]
