r"""Classes: the mean readout over time decides. The loss is its cross-entropy, or TET's (Deng et al. 2022):

.. math:: L = \frac1T \sum_t (1 - \lambda) CE(O[t], y) + \lambda MSE(O[t], V_{th})

Shapes: T steps, B batch, K classes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from spaces.fittings.params import gradient
from spaces.heads._base import USUAL, Head
from spaces.tasks import Split


@dataclass(frozen=True)
class Classification(Head):
    """Its score is the accuracy, the share of samples whose class is given rightly."""

    def takes(self, readouts: int, y: Tensor) -> bool:
        return readouts >= self.needs(y)

    def needs(self, y: Tensor) -> int:
        return int(y.max()) + 1

    def loss(self, o_TBK: Tensor, y_B: Tensor, how: gradient.Params = USUAL) -> Tensor:
        if how.loss == "cross_entropy":
            return cross_entropy(o_TBK.mean(0), y_B, label_smoothing=how.label_smoothing)
        threshold = torch.ones_like(o_TBK)
        labels_TB = y_B.expand(len(o_TBK), -1)
        ce = cross_entropy(o_TBK.flatten(0, 1), labels_TB.flatten(), label_smoothing=how.label_smoothing)
        return (1 - how.tet_lambda) * ce + how.tet_lambda * mse_loss(o_TBK, threshold)

    def score(self, network: nn.Module, batches: Iterable[Split]) -> float:
        hits = samples = 0
        for batch in batches:
            hits += int((network(batch.x).mean(0).argmax(1).cpu() == batch.y.cpu()).sum())
            samples += len(batch.y)
        return hits / samples
