"""What is compared: strategies of the service, one whose kernel sees raw parameters instead, and Optuna's TPE.

All evaluate one point after another, begin with 10 points of their own kind, and see the same noise.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import optuna
import torch
from torch import Tensor

from searchsvc.kinds.heterogeneity import Job
from searchsvc.strategies import random as uniform
from searchsvc.strategies import wasserstein_bo
from searchsvc.strategies._points import PointStrategy
from searchsvc.strategies.params.wasserstein_bo import Params
from searchsvc.strategy import Asked, Outcome
from spaces.space.dimensions import Dimension, Point, Space, encode, parts, width

COORDINATES = {"dirac": 1, "log_normal_mixture": 4}  # that a family uses; others use 2
ROOT_MEAN_SQUARE = 6**-0.5  # distance of two draws of a coordinate
Told = tuple[Point, float]
Objective = Callable[[Point, int], float]  # of a point and the number of its evaluation


class RawParameters:
    """In the place of the embedding: family as a unit vector, mean, cv and so on, each with a lengthscale of its own.

    Coordinates that a family does not use are set to the middle.
    """

    def __init__(self, space: Space) -> None:
        self.space = space
        self.columns: list[int] = []
        for dimension in space.values():
            choices = [] if dimension.choices_at is None else [dimension.choices_at[1]]
            self.columns += [*choices, *[1] * (dimension.width - len(choices))]

    def transform(self, X: Tensor) -> Tensor:
        return torch.cat([self._columns(self.space[name], X[..., part]) for name, part in parts(self.space)], dim=-1)

    def embed(self, points: Sequence[Point]) -> Tensor:
        rows = [encode(self.space, point) for point in points]
        return self.transform(torch.tensor(rows, dtype=torch.float64).reshape(len(rows), width(self.space)))

    def _columns(self, dimension: Any, u: Tensor) -> Tensor:
        families = dimension.families
        used = torch.tensor([[i < COORDINATES.get(f, 2) for i in range(4)] for f in families])
        if _single(dimension):
            return u / ROOT_MEAN_SQUARE
        count = len(families)
        family = (u[..., 0] * count).long().clamp(0, count - 1)
        one_hot = torch.nn.functional.one_hot(family, count).double() / (2 - 2 / count) ** 0.5
        own = torch.where(used[family][..., : u.shape[-1] - 1], u[..., 1:], 0.5)
        return torch.cat([one_hot, own / ROOT_MEAN_SQUARE], dim=-1)


def _single(dimension: Dimension) -> bool:
    return dimension.choices_at is None


class RawStrategy(wasserstein_bo.Strategy):
    def __init__(self, job: Any) -> None:
        super().__init__(job)
        self.embedding = RawParameters(job.space)  # type: ignore[assignment]


@dataclass
class Search:
    """What a strategy asks of a search, with what it knows from the start."""

    job: Job
    seed: int
    warm: tuple[Outcome, ...] = ()
    seeds = 1
    strategy = Params()

    def __post_init__(self) -> None:
        self.space, self.objectives = self.job.space, self.job.objectives
        self.candidate, self.trial_seed = self.job.candidate, self.job.trial_seed

    def known(self) -> tuple[Outcome, ...]:
        return self.warm

    def total_trials(self) -> int:
        return 10**6


STRATEGIES: dict[str, type[PointStrategy]] = {
    "W-Matern": wasserstein_bo.Strategy,
    "raw parameters": RawStrategy,
    "random": uniform.Strategy,
}


def search(
    method: str, job: Job, seed: int, evaluations: int, objective: Objective, warm: Sequence[Told] = ()
) -> list[Told]:
    """Points and their scores in the order of evaluation."""
    if method == "TPE":
        return _tpe(job.space, seed, evaluations, objective)
    known = tuple(Outcome(i - len(warm), score, point=point) for i, (point, score) in enumerate(warm))
    strategy = STRATEGIES[method](Search(job, seed, known))
    outcomes, asked = [*known], list[Asked]()
    for number in range(evaluations):
        suggestion = strategy.suggest(asked, outcomes)
        assert suggestion and suggestion.health.partition(";")[0] in ("", "good"), suggestion
        asked.append(Asked.of(number, suggestion))
        point = suggestion.candidate.point
        outcomes.append(Outcome(number, objective(point, number), point=point))
    return [(o.point, o.score) for o in outcomes[len(known) :]]  # type: ignore[misc]


def _tpe(space: Space, seed: int, evaluations: int, objective: Objective) -> list[Told]:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    told: list[Told] = []
    for number in range(evaluations):
        trial = study.ask()
        point = {name: _suggested(trial, name, dimension) for name, dimension in space.items()}
        told.append((point, objective(point, number)))
        study.tell(trial, told[-1][1])
    return told


def _suggested(trial: optuna.Trial, name: str, dimension: Any) -> Any:
    family = (
        trial.suggest_categorical(name, dimension.families) if len(dimension.families) > 1 else dimension.families[0]
    )
    own = [trial.suggest_float(f"{name} {i}", 0, 1) for i in range(COORDINATES.get(family, 2))]
    choice = [] if _single(dimension) else [(dimension.families.index(family) + 0.5) / len(dimension.families)]
    return dimension.decode([*choice, *own, 0.5, 0.5])
