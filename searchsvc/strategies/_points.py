"""What strategies over named dimensions share: points instead of networks, each once, and every point with every seed.

All seeds of a point come together. What follows when all points have theirs is one further seed of each, again and
again (`place`), if the job wants that.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence, Set
from itertools import islice
from random import Random
from typing import NamedTuple, Protocol

from searchsvc.strategy import Asked, Candidate, Outcome, Prediction, Suggestion, own, place, running
from spaces.errors import UserError
from spaces.identity import Identity, identity
from spaces.space.dimensions import Point, Space, every, size

DRAWS = 1000  # before what is left of a finite space is listed


class Job(Protocol):
    """What these strategies ask of a kind of search."""

    @property
    def seed(self) -> int: ...

    @property
    def seeds(self) -> int: ...

    @property
    def space(self) -> Space: ...

    @property
    def points(self) -> int: ...

    @property
    def repeats(self) -> int: ...

    @property
    def counts_copies(self) -> bool: ...

    def trial_seed(self, repeat: int) -> int: ...

    def candidate(self, point: Point, origin: str, label: str) -> Candidate:
        """The configuration with these values."""


class Proposal(NamedTuple):
    point: Point
    prediction: Prediction | None = None
    health: str = ""


class PointStrategy(ABC):
    """Asks `propose` for every new point."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def suggest(self, asked: Sequence[Asked], outcomes: Sequence[Outcome]) -> Suggestion | None:
        mine = own(asked)
        index, repeat = place(len(mine), self.job.points, self.job.seeds)
        if repeat >= self.job.repeats:
            return None
        if repeat:
            proposal = Proposal(mine[index * self.job.seeds].point)
        else:
            proposal = self.propose(index, outcomes, running(asked, outcomes))
        candidate = self.job.candidate(proposal.point, self.origin(index), f"point {index + 1}")
        prediction, health = proposal.prediction, proposal.health
        return Suggestion(candidate, self.job.trial_seed(repeat), prediction=prediction, health=health)

    def taken(self, outcomes: Sequence[Outcome], running: Sequence[Point]) -> Set[Identity]:
        """What is known, runs or has run, and is not asked for again."""
        if self.job.counts_copies:
            return frozenset()
        return {identity(point) for point in (*(outcome.point for outcome in outcomes), *running)}

    def fresh(self, drawn: Iterable[Point], taken: Set[Identity], index: int) -> Point:
        """The first of the points drawn that is not taken; where few are left of a finite space, any of them.

        Raises:
            UserError: the ranges are so narrow that they have hardly another number.
        """
        found = next((point for point in islice(drawn, DRAWS) if identity(point) not in taken), None)
        if found is None and size(self.job.space) is None:
            raise UserError(f"space: {DRAWS} draws gave no point that is new; widen its ranges or lower budget.trials")
        return found or Random(f"{self.job.seed}/what is left/{index}").choice(rest(self.job.space, taken))

    @abstractmethod
    def propose(self, index: int, outcomes: Sequence[Outcome], running: Sequence[Point]) -> Proposal:
        """Point number `index`, from 0, while these others run."""

    @abstractmethod
    def origin(self, index: int) -> str:
        """How point number `index` comes about."""


def rest(space: Space, taken: Set[Identity]) -> list[Point]:
    """The points of a finite space that are not taken."""
    return [point for point in every(space) if identity(point) not in taken]
