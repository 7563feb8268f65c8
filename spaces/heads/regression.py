"""Numbers at every step, whose loss is the mean squared error.

Shapes: T steps, B sequences, K readouts, n scored steps of all sequences together.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from spaces.fittings.params import gradient
from spaces.heads._base import USUAL, Head
from spaces.tasks import Split


@dataclass(frozen=True)
class Regression(Head):
    """Steps within the washout, where a network forgets how it began, count neither for the loss nor for the score."""

    measure: Callable[[Tensor, Tensor], float]  # the score of readouts o_nK and targets y_nK
    washout: int = 0

    def takes(self, readouts: int, y: Tensor) -> bool:
        return readouts == self.needs(y)

    def needs(self, y: Tensor) -> int:
        return y.shape[-1]

    def steps(self, z_TB: Tensor) -> Tensor:
        """Those that count, of all sequences."""
        return z_TB[self.washout :].flatten(0, 1)

    def of(self, y_BTK: Tensor) -> Tensor:
        """What is to be given at these steps, y_nK."""
        return self.steps(y_BTK.transpose(0, 1))

    def loss(self, o_TBK: Tensor, y_BTK: Tensor, how: gradient.Params = USUAL) -> Tensor:
        return mse_loss(self.steps(o_TBK), self.of(y_BTK))

    def score(self, network: nn.Module, batches: Iterable[Split]) -> float:
        pairs = [(self.steps(network(batch.x)), self.of(batch.y)) for batch in batches]
        o_nK, y_nK = (torch.cat(every) for every in zip(*pairs, strict=True))
        return self.measure(o_nK, y_nK)


def nrmse(o_nK: Tensor, y_nK: Tensor) -> float:
    """Root of the mean squared error over the targets' variance, each number's own; the mean over the K numbers.

    >>> y_nK = torch.tensor([[0.0], [1.0], [2.0]])
    >>> nrmse(y_nK, y_nK), nrmse(y_nK.mean(0).expand(3, 1), y_nK)
    (0.0, 1.0)
    """
    o_nK, y_nK = o_nK.double(), y_nK.double()
    error_K = ((o_nK - y_nK) ** 2).mean(0) / y_nK.var(0, correction=0)
    return float(error_K.sqrt().mean())
