"""A search over named dimensions without networks, whose objective is a function of the point."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from searchsvc.metrics.objectives import Objective
from searchsvc.strategies.params import wasserstein_bo
from searchsvc.strategy import Candidate, Outcome
from searchsvc.testing.strategies import trials
from spaces.identity import identity
from spaces.space.dimensions import Point, Space, point_to_json, size

TAU = {"type": "distribution", "mean": [5, 50], "cv": [0.05, 1.5]}
MIXED = {
    "tau": TAU,
    "gain": {"type": "float", "low": 0.1, "high": 10, "log": True},
    "depth": {"type": "int", "low": 1, "high": 4},
    "kind": {"type": "categorical", "choices": ["ring", "grid"]},
}


def space_of(value) -> Space:
    return TypeAdapter(Space).validate_python(value)


@dataclass(frozen=True)
class PointJob:
    space: Space = field(default_factory=lambda: space_of(MIXED))
    trials: int = 20
    seed: int = 0
    seeds: int = 1
    objectives: tuple[Objective, ...] = (Objective(),)
    strategy: wasserstein_bo.Params = field(default_factory=lambda: wasserstein_bo.Params(initial=6))

    warm: tuple[Outcome, ...] = ()

    when_exhausted: str = "end"

    @property
    def points(self):
        every = size(self.space)
        affordable = self.trials // self.seeds
        return affordable if every is None or self.counts_copies else min(affordable, every - len(self.taken))

    @property
    def repeats(self):
        return self.trials // self.points if self.when_exhausted == "seeds" else self.seeds

    @property
    def counts_copies(self):
        return self.when_exhausted == "copies"

    @property
    def taken(self):
        return {identity(outcome.point) for outcome in self.warm}

    def known(self):
        return self.warm

    def trial_seed(self, repeat):
        return self.seed * 1000 + repeat

    def candidate(self, point, origin, label):
        configuration = json.dumps(point_to_json(point), sort_keys=True)
        return Candidate(configuration, origin, label, point=point)


def searched(strategy, job: PointJob, objective: Callable[[Point], Any], workers: int = 1):
    """Suggestions and outcomes of a search whose `workers` finish their trials in turn.

    Args:
        objective: the score of a point; or its values of all objectives; None where it fails.
    """
    suggestions, outcomes, running = [], list(job.warm), {}
    while suggestion := strategy(job).suggest(trials(suggestions), outcomes):
        running[len(suggestions)] = suggestion.candidate.point
        suggestions.append(suggestion)
        if len(running) == workers:
            number = min(running)
            point = running.pop(number)
            score, *tradeoffs = np.atleast_1d(objective(point)).tolist()
            outcomes.append(Outcome(number, score, point=point, tradeoffs=tuple(tradeoffs)))
    return suggestions, outcomes
