"""Every candidate with every seed; for kinds of search that can name all their candidates.

All candidates' first seeds come before any second one, so that the leaderboard fills evenly and a sweep that is
cancelled or looked at half-way still compares equals.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

from searchsvc.strategy import Asked, Candidate, Outcome, Suggestion, own, place


class Job(Protocol):
    @property
    def repeats(self) -> int: ...

    def trial_seed(self, repeat: int) -> int: ...

    def candidates(self) -> Sequence[Candidate]: ...


class Strategy:
    def __init__(self, job: Job) -> None:
        self.job = job

    def suggest(self, asked: Sequence[Asked], outcomes: Sequence[Outcome]) -> Suggestion | None:
        index, repeat = place(len(own(asked)), len(self._candidates), 1)
        if repeat >= self.job.repeats:
            return None
        return Suggestion(self._candidates[index], self.job.trial_seed(repeat))

    @cached_property
    def _candidates(self) -> Sequence[Candidate]:
        return self.job.candidates()
