"""What strategies over named dimensions share: points instead of networks, and every point with every seed.

Trial n evaluates point n // seeds with seed n mod seeds.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from searchsvc.strategy import NOTHING_PENDING, Candidate, Origin, Outcome, Pending, Prediction, Suggestion
from spaces.dimensions import Point, Space


class Job(Protocol):
    """What these strategies ask of a kind of search."""

    @property
    def seed(self) -> int: ...

    @property
    def seeds(self) -> int: ...

    @property
    def space(self) -> Space: ...

    def total_trials(self) -> int: ...

    def trial_seed(self, repeat: int) -> int: ...

    def candidate(self, point: Point, origin: Origin, label: str) -> Candidate:
        """The configuration with these values."""


class Proposal(NamedTuple):
    point: Point
    prediction: Prediction | None = None
    health: str = ""


class PointStrategy:
    """Asks `propose` for every new point."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def suggest(
        self, number: int, outcomes: Sequence[Outcome], pending: Pending = NOTHING_PENDING
    ) -> Suggestion | None:
        if number >= self.job.total_trials():
            return None
        index, repeat = divmod(number, self.job.seeds)
        if repeat:
            asked = {outcome.number: outcome.point for outcome in outcomes} | dict(pending)
            proposal = Proposal(asked[number - repeat])
        else:
            proposal = self.propose(index, outcomes, pending)
        candidate = self.job.candidate(proposal.point, self.origin(index), f"point {index + 1}")
        return Suggestion(candidate, self.job.trial_seed(repeat), proposal.prediction, proposal.health)

    @abstractmethod
    def propose(self, index: int, outcomes: Sequence[Outcome], pending: Pending) -> Proposal:
        """Point number `index`, from 0."""

    @abstractmethod
    def origin(self, index: int) -> Origin:
        """How point number `index` comes about."""
