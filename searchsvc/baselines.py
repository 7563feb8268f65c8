"""Baselines before everything else: what a search is to beat, whose outcomes its strategy knows from the start.

Trials 0, 1, ... are those of the baselines, each with every seed. The strategy's own trials are numbered from 0 behind
them; the outcomes of baselines come to it with numbers below 0, as what other searches have found does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from searchsvc import strategies
from searchsvc.jobs import BaseJob
from searchsvc.strategy import NOTHING_PENDING, Outcome, Pending, Strategy, Suggestion


class Baselined:
    """A strategy behind the baselines of its job."""

    def __init__(self, job: BaseJob, strategy: Strategy) -> None:
        self.job, self.strategy = job, strategy
        self.baselines = job.baselines()
        self.first = len(self.baselines) * job.seeds
        self.known = self._renumbered(job.known())

    def suggest(
        self, number: int, outcomes: Sequence[Outcome], pending: Pending = NOTHING_PENDING
    ) -> Suggestion | None:
        if number < self.first:
            index, repeat = divmod(number, self.job.seeds)
            return Suggestion(self.baselines[index], self.job.trial_seed(repeat))
        if number >= self.job.total_trials():
            return None
        running = {n - self.first: point for n, point in pending.items()}
        return self.strategy.suggest(number - self.first, [*self.known, *self._renumbered(outcomes)], running)

    def _renumbered(self, outcomes: Iterable[Outcome]) -> list[Outcome]:
        """As the strategy counts, without those that its space has no place for."""
        return [replace(o, number=o.number - self.first) for o in outcomes if self.job.covers(o.point)]


def strategy(job: BaseJob) -> Strategy:
    """What asks for the trials of a job."""
    plain: Strategy = strategies.catalog.load(job.strategy_name).Strategy(job)
    return Baselined(job, plain) if job.baselines() else plain
