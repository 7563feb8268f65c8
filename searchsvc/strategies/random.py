"""Points drawn uniformly from the unit cube of the space: what every other strategy must beat."""

from collections.abc import Sequence
from random import Random

from searchsvc.strategies._points import PointStrategy, Proposal
from searchsvc.strategy import Origin, Outcome, Pending
from spaces.dimensions import decode, width


class Strategy(PointStrategy):
    def propose(self, index: int, outcomes: Sequence[Outcome], pending: Pending) -> Proposal:
        generator = Random(f"{self.job.seed}/random points/{index}")
        return Proposal(decode(self.job.space, [generator.random() for _ in range(width(self.job.space))]))

    def origin(self, index: int) -> Origin:
        return "random"
