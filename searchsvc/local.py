"""A whole search in one process, without Ray and SQL: for tests, notebooks and a first look at a strategy.

>>> import searchsvc.local
>>> spec = {"kind": "neuron_placement", "task": "digits", "seeds": 1, "budget": {"trials": 4},
...         "neurons": ["lif", "slif"], "network": {"name": "vgg", "channels": [4], "strides": [2]},
...         "training": {"epochs": 1}, "strategy": {"epochs": 1}}
>>> [trial.label for trial in searchsvc.local.run(spec).trials]
['super network', 'all LIF', 'all SLIF', 'searched']
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from searchsvc import jobs, significance, strategies
from searchsvc.strategy import Candidate, Outcome, Sample, Strategy, Suggestion, alphas
from searchsvc.training import Report, Result, train
from spaces.configuration import Configuration


@dataclass(frozen=True)
class LocalTrial:
    suggestion: Suggestion
    result: Result

    @property
    def label(self) -> str:
        return self.suggestion.candidate.label


@dataclass(frozen=True)
class LocalSearch:
    trials: list[LocalTrial]
    conclusion: dict[str, Any] | None

    def samples(self) -> list[Sample]:
        """Scores of every candidate that ranks, in the order of their first trials."""
        scores: dict[Candidate, list[float]] = {}
        for trial in self.trials:
            candidate = trial.suggestion.candidate
            if candidate.phase == "retrain":
                scores.setdefault(candidate, []).append(trial.result.validation_accuracy)
        return [Sample(c.label, c.origin, tuple(v), c.configuration.placement) for c, v in scores.items()]

    def leaderboard(self) -> list[Sample]:
        """Candidates, best mean validation accuracy first."""
        return sorted(self.samples(), key=lambda sample: -sample.mean)

    def best(self) -> Configuration:
        label = self.leaderboard()[0].label
        return next(t.suggestion.candidate.configuration for t in self.trials if t.label == label)


def run(spec: dict[str, Any], report: Callable[[int, Report], None] = lambda trial, report: None) -> LocalSearch:
    """Carry out the search of a specification; `report` sees every epoch of every trial.

    The same specification gives the same results here and in the service.

    Raises:
        UserError: naming every wrong field.
    """
    job = jobs.read(spec)
    strategy = strategies.catalog.load(job.strategy_name).Strategy(job)
    with _threads(job.threads):
        trials = _run(strategy, report)
    seconds = {phase: _seconds(trials, phase) for phase in ("search", "retrain")}
    samples = LocalSearch(trials, None).samples()
    return LocalSearch(trials, significance.conclude(samples, seconds["search"], seconds["retrain"]))


def _run(strategy: Strategy, report: Callable[[int, Report], None]) -> list[LocalTrial]:
    trials: list[LocalTrial] = []
    outcomes: list[Outcome] = []
    while suggestion := strategy.suggest(len(trials), outcomes):
        number = len(trials)
        last: list[Report] = []

        def seen(epoch: Report, number: int = number, last: list[Report] = last) -> None:
            last[:] = [epoch]
            report(number, epoch)

        _, result = train(suggestion.candidate.configuration, suggestion.seed, report=seen)
        outcomes.append(Outcome(number, result.validation_accuracy, alphas(last[0].architecture)))
        trials.append(LocalTrial(suggestion, result))
    return trials


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
