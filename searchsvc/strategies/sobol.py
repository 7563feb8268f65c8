"""Points of a scrambled Sobol sequence, which fill the unit cube of the space evenly (Owen 1998).

Those that are known or have been asked for, as in a finite space many of a sequence are, are passed over.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch.quasirandom import SobolEngine

from searchsvc.strategies._points import PointStrategy, Proposal
from searchsvc.strategy import Outcome
from spaces.space.dimensions import Point, Space, decode, width


class Strategy(PointStrategy):
    def propose(self, index: int, outcomes: Sequence[Outcome], running: Sequence[Point]) -> Proposal:
        drawn = points(self.job.space, self.job.seed, index)
        return Proposal(self.fresh(drawn, self.taken(outcomes, running), index))

    def origin(self, index: int) -> str:
        return "sobol"


def points(space: Space, seed: int, index: int) -> Iterator[Point]:
    """The sequence that `seed` scrambles, from point number `index` on, which is from 0."""
    engine: Any = SobolEngine(width(space), scramble=True, seed=seed)  # type: ignore[no-untyped-call]
    engine.fast_forward(index)
    while True:
        yield decode(space, engine.draw(1, dtype=torch.float64)[0].tolist())
