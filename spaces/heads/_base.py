"""Shapes: T steps, B batch, K readouts."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from torch import Tensor, nn

from spaces.fittings.params import gradient
from spaces.tasks import Split

USUAL = gradient.Params()


class Head(ABC):
    """Of readouts o_TBK and of targets as `Split.y` has them."""

    @abstractmethod
    def takes(self, readouts: int, y: Tensor) -> bool:
        """Whether so many are what these targets need."""

    @abstractmethod
    def needs(self, y: Tensor) -> int:
        """How many readouts these targets need."""

    @abstractmethod
    def loss(self, o_TBK: Tensor, y_B: Tensor, how: gradient.Params = USUAL) -> Tensor:
        """What descent makes small."""

    @abstractmethod
    def score(self, network: nn.Module, batches: Iterable[Split]) -> float:
        """What a network in evaluation reaches, in the task's metric, over a part of the data."""
