"""A whole search in one process, without Ray and SQL: for tests, notebooks and a first look at a strategy.

>>> import searchsvc.local
>>> spec = {"kind": "neuron_placement", "task": "digits", "seeds": 1, "budget": {"trials": 4},
...         "neurons": ["lif", "slif"], "network": {"name": "vgg", "channels": [4], "strides": [2]},
...         "training": {"epochs": 1}, "strategy": {"epochs": 1}, "confirm": 1}
>>> *trials, again = searchsvc.local.run(spec).trials
>>> [trial.label for trial in trials], again.is_confirming
(['super network', 'all LIF', 'all SLIF', 'searched'], True)
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch

from searchsvc import baselines, confirmation, jobs, overhead, significance
from searchsvc.jobs import BaseJob
from searchsvc.objectives import Goal, fresh
from searchsvc.strategy import Candidate, Outcome, Sample, Strategy, Suggestion, alphas, average
from searchsvc.training import Report, Result
from searchsvc.trials import train
from spaces.configuration import Configuration
from spaces.errors import ConflictError, UserError


@dataclass(frozen=True)
class LocalTrial:
    suggestion: Suggestion
    result: Result
    is_confirming: bool = False  # a leader, on a fresh seed

    @property
    def label(self) -> str:
        return self.suggestion.candidate.label


@dataclass(frozen=True)
class LocalSearch:
    trials: list[LocalTrial]
    conclusion: dict[str, Any] | None
    goal: Goal = field(default_factory=Goal)

    def samples(self) -> list[Sample]:
        """Scores of every candidate that ranks, in the order of their first trials."""
        found: dict[Candidate, list[LocalTrial]] = {}
        for trial in self.trials:
            candidate = trial.suggestion.candidate
            if candidate.phase == "retrain":
                found.setdefault(candidate, []).append(trial)
        return [self._sample(candidate, trials) for candidate, trials in found.items()]

    def leaderboard(self) -> list[Sample]:
        """Candidates, best mean of the objective first; those that violate a constraint behind."""
        sign = self.goal.objective.sign
        return sorted(self.samples(), key=lambda s: (bool(self.goal.violations(s.means)), -sign * s.mean))

    def _sample(self, candidate: Candidate, trials: list[LocalTrial]) -> Sample:
        metric, config = self.goal.objective.metric, candidate.configuration
        every = [trial.result.means() for trial in trials if not trial.is_confirming]
        again = [trial.result.means() for trial in trials if trial.is_confirming]
        means = _means(every) | {fresh(name): m for name, m in _means(again).items() if "/" in name or name == metric}
        surrogate = overhead.surrogate(config.model_dump(mode="json"))
        scores, confirmed = (tuple(one[metric] for one in found) for found in (every, again))
        return Sample(candidate.label, candidate.origin, scores, config.placement, surrogate, means, confirmed)

    def best(self) -> Configuration:
        """The first configuration of the leaderboard.

        Raises:
            ConflictError: it violates a constraint, so all do.
        """
        first = self.leaderboard()[0]
        if violated := self.goal.violations(first.means):
            raise ConflictError(f"best: even {first.label} violates {', '.join(violated)}; relax the constraint")
        label = first.label
        return next(t.suggestion.candidate.configuration for t in self.trials if t.label == label)


def run(spec: dict[str, Any], report: Callable[[int, Report], None] = lambda trial, report: None) -> LocalSearch:
    """Carry out the search of a specification; `report` sees every epoch of every trial.

    The same specification gives the same results here and in the service.

    Raises:
        UserError: naming every wrong field.
    """
    job = jobs.read(spec)
    if job.to_json().get("warm_start"):
        raise UserError("warm_start: got ids, which a service knows; without one give what they found as observations")
    strategy = baselines.strategy(job)
    with _threads(job.threads):
        trials = _run(strategy, job, report)
        trials += _confirm(LocalSearch(trials, None, job.goal), job, report)
    seconds = {phase: _seconds(trials, phase) for phase in ("search", "retrain")}
    samples = LocalSearch(trials, None, job.goal).samples()
    verdict = significance.conclude(job, samples, seconds["search"], seconds["retrain"])
    return LocalSearch(trials, verdict, job.goal)


def _run(strategy: Strategy, job: BaseJob, report: Callable[[int, Report], None]) -> list[LocalTrial]:
    trials: list[LocalTrial] = []
    outcomes: list[Outcome] = []
    while suggestion := strategy.suggest(len(trials), outcomes):
        number = len(trials)
        last: list[Report] = []

        def seen(epoch: Report, number: int = number, last: list[Report] = last) -> None:
            last[:] = [epoch]
            report(number, epoch)

        _, result = train(suggestion.candidate.configuration, suggestion.seed, report=seen)
        means, candidate = result.means(), suggestion.candidate
        score, tradeoffs = means.get(job.objective.metric, 0.0), tuple(means[name] for name in job.tradeoffs)
        outcomes.append(Outcome(number, score, alphas(last[0].architecture), candidate.point, tradeoffs))
        trials.append(LocalTrial(suggestion, result))
    return trials


def _confirm(found: LocalSearch, job: BaseJob, report: Callable[[int, Report], None]) -> list[LocalTrial]:
    candidates = {trial.label: trial.suggestion.candidate for trial in found.trials}
    repeats = confirmation.repeats(job, found.samples())
    suggestions = [Suggestion(candidates[label], seed) for label, seed in repeats]
    trials = []
    for number, suggestion in enumerate(suggestions, len(found.trials)):
        _, result = train(suggestion.candidate.configuration, suggestion.seed, report=partial(report, number))
        trials.append(LocalTrial(suggestion, result, is_confirming=True))
    return trials


def _means(every: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: average([one[name] for one in every]) for name in every[0]} if every else {}


@contextmanager
def _threads(number: int) -> Iterator[None]:
    """Sums depend on how many threads share them, so as many as a worker of the service has."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _seconds(trials: list[LocalTrial], phase: str) -> float:
    return sum(t.result.costs["seconds"] for t in trials if t.suggestion.candidate.phase == phase)
