"""Points of a scrambled Sobol sequence, which fill the unit cube of the space evenly (Owen 1998)."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.quasirandom import SobolEngine

from searchsvc.strategies._points import PointStrategy, Proposal
from searchsvc.strategy import Origin, Outcome, Pending
from spaces.dimensions import Point, Space, decode, width


class Strategy(PointStrategy):
    def propose(self, index: int, outcomes: Sequence[Outcome], pending: Pending) -> Proposal:
        return Proposal(point(self.job.space, self.job.seed, index))

    def origin(self, index: int) -> Origin:
        return "sobol"


def point(space: Space, seed: int, index: int) -> Point:
    """Point number `index`, from 0, of the sequence that `seed` scrambles."""
    engine: Any = SobolEngine(width(space), scramble=True, seed=seed)  # type: ignore[no-untyped-call]
    return decode(space, engine.fast_forward(index).draw(1, dtype=torch.float64)[0].tolist())
