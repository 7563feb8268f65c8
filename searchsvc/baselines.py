"""Baselines before everything else: what a search is to beat, whose outcomes its strategy knows from the start.

Trials 0, 1, ... are those of the baselines, each with every seed; where all candidates have theirs and further ones
follow, each round has a trial of every baseline first. All other trials are the strategy's own, which it sees numbered
from 0; the outcomes of baselines come to it with numbers below 0, as what other searches have found does.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from searchsvc import strategies
from searchsvc.kinds import BaseJob
from searchsvc.strategy import Asked, Outcome, Strategy, Suggestion, place


class Baselined:
    """A strategy behind the baselines of its job."""

    def __init__(self, job: BaseJob, strategy: Strategy) -> None:
        self.job, self.strategy = job, strategy
        self.baselines = job.baselines()
        self.behind = job.total_trials()  # by so much numbers are below 0
        self.known = [replace(o, number=o.number - self.behind) for o in job.known() if job.covers(o.point)]

    def suggest(self, asked: Sequence[Asked], outcomes: Sequence[Outcome]) -> Suggestion | None:
        if found := self._baseline(len(asked)):
            return found
        numbers = self._numbers(asked)
        told = [replace(o, number=numbers[o.number]) for o in outcomes if self.job.covers(o.point)]
        renumbered = [replace(trial, number=numbers[trial.number]) for trial in asked]
        return self.strategy.suggest(sorted(renumbered, key=lambda trial: trial.number), [*self.known, *told])

    def _numbers(self, asked: Sequence[Asked]) -> dict[int, int]:
        """By the number of each trial that which the strategy sees."""
        following = count()
        return {t.number: t.number - self.behind if self._baseline(t.number) else next(following) for t in asked}

    def _baseline(self, number: int) -> Suggestion | None:
        """What trial `number` is, if it is a baseline's."""
        index, repeat = place(number, self.job.candidate_count, self.job.seeds)
        if index >= len(self.baselines) or repeat >= self.job.repeats:
            return None
        return Suggestion(self.baselines[index], self.job.trial_seed(repeat))


def strategy(job: BaseJob) -> Strategy:
    """What asks for the trials of a job."""
    plain: Strategy = strategies.catalog.load(job.strategy.name).Strategy(job)
    return Baselined(job, plain) if job.baselines() else plain
