"""Points drawn uniformly from the unit cube of the space: what every other strategy must beat.

Without replacement: a point that is known or has been asked for is drawn again.
"""

from collections.abc import Iterator, Sequence
from random import Random

from searchsvc.strategies._points import PointStrategy, Proposal
from searchsvc.strategy import Outcome
from spaces.space.dimensions import Point, decode, width


class Strategy(PointStrategy):
    def propose(self, index: int, outcomes: Sequence[Outcome], running: Sequence[Point]) -> Proposal:
        return Proposal(self.fresh(self._drawn(index), self.taken(outcomes, running), index))

    def origin(self, index: int) -> str:
        return "random"

    def _drawn(self, index: int) -> Iterator[Point]:
        generator, coordinates = Random(f"{self.job.seed}/random points/{index}"), range(width(self.job.space))
        while True:
            yield decode(self.job.space, [generator.random() for _ in coordinates])
