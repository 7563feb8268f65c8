"""Points of a scrambled Sobol sequence, which fill the unit cube of the space evenly.

Those that are known or have been asked for, as in a finite space many of a sequence are, are passed over.
"""

from collections.abc import Sequence

from searchsvc.strategies._points import PointStrategy, Proposal
from searchsvc.strategies._sequence import points
from searchsvc.strategy import Outcome
from spaces.space.dimensions import Point


class Strategy(PointStrategy):
    def propose(self, index: int, outcomes: Sequence[Outcome], running: Sequence[Point]) -> Proposal:
        drawn = points(self.job.space, self.job.seed, index)
        return Proposal(self.fresh(drawn, self.taken(outcomes, running), index))

    def origin(self, index: int) -> str:
        return "sobol"
