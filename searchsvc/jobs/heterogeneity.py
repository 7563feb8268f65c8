"""Heterogeneity: which distributions a network's parameters should be drawn from, beside ordinary hyperparameters.

The space's dimensions are named as the fields of the network that they vary; all other fields stay as given. A
candidate is evaluated with several seeds, each of which draws its units anew. The baseline is the network as given, by
default a homogeneous one.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from searchsvc.jobs._base import Budget
from searchsvc.jobs._task_job import TaskJob
from searchsvc.objectives import Objective
from searchsvc.strategies.params import random, sobol, sweep, wasserstein_bo
from searchsvc.strategy import Candidate, Origin, Outcome
from spaces.configuration import Network, Ridge
from spaces.dimensions import Categorical, Dimension, Int, Point, Space, grid, read_point
from spaces.params import FittedBy, Params, explain

DEFAULT_NETWORK: Any = "reservoir"  # a name, which validation turns into a parameter model


class Observation(Params):
    """What is known already of a point: the scores of its trials."""

    point: dict[str, Any]
    scores: tuple[float, ...] = Field(min_length=1)


def _by_name(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


Strategy = Annotated[
    Annotated[random.Params | sobol.Params | sweep.Params | wasserstein_bo.Params, Field(discriminator="name")],
    BeforeValidator(_by_name),
]


class Job(TaskJob):
    """Trials: seeds x the baseline and as many candidates as the budget pays for, or the grid of a sweep has."""

    fitted_by: ClassVar[FittedBy] = "ridge"
    costs: ClassVar[Sequence[str]] = ("parameters", "seconds")
    kind: Literal["heterogeneity"]
    network: Network = Field(DEFAULT_NETWORK)
    space: Space = Field(description="by the network's fields: distribution, float, int or categorical")
    training: Ridge = Ridge()
    strategy: Strategy = wasserstein_bo.Params()
    objective: Objective = Objective(metric="memory_capacity/validation")
    budget: Budget = Budget(trials=40)
    warm_start: tuple[UUID, ...] = Field(
        (), description="searches of the same task whose results are known from the start"
    )
    observations: tuple[Observation, ...] = Field(
        (), description="known from the start; those of warm_start are added when the search is submitted"
    )

    @model_validator(mode="after")
    def _dimensions_that_the_network_has(self) -> Self:
        fields = [name for name in type(self.network).model_fields if name != "name"]
        for name, dimension in self.space.items():
            if name not in fields:
                raise ValueError(
                    f"space: got {name!r}, which network {self.network.name} has not; allowed are {', '.join(fields)}"
                )
            for value in _probes(name, dimension):
                self._check("space", {name: value})
        return self

    @model_validator(mode="after")
    def _observations_of_these_dimensions(self) -> Self:
        for observation in self.observations:
            if missing := self.space.keys() - observation.point.keys():
                raise ValueError(
                    f"observations: got a point without {', '.join(sorted(missing))}; give every dimension"
                )
            self._check("observations", {name: observation.point[name] for name in self.space})
        return self

    @model_validator(mode="after")
    def _scores_alone_are_known(self) -> Self:
        if self.tradeoffs and (self.observations or self.warm_start):
            raise ValueError("tradeoffs: what is known from the start has scores alone; leave out one of the two")
        return self

    @model_validator(mode="after")
    def _budget_for_a_candidate(self) -> Self:
        least = self.seeds * (1 + (len(self._grid(1)) if self.strategy.name == "sweep" else 1))
        if self.budget.trials < least:
            raise ValueError(
                f"budget.trials: got {self.budget.trials}; this search needs at least {least}; "
                "raise budget.trials or lower seeds"
            )
        return self

    @property
    def strategy_name(self) -> str:
        return self.strategy.name

    @property
    def trial_steps(self) -> int:
        return self.training.epochs

    def total_trials(self) -> int:
        if self.strategy.name == "sweep":
            return self.seeds * (1 + len(self.candidates()))
        return self.budget.trials // self.seeds * self.seeds

    def baselines(self) -> list[Candidate]:
        given = dict(self.network)
        return [self.candidate({name: given[name] for name in self.space}, "baseline", "as given")]

    def covers(self, point: Point) -> bool:
        """Whether its choices and whole numbers are among those of the space; other values may lie outside."""
        return all(_has(dimension, point[name]) for name, dimension in self.space.items())

    def known(self) -> list[Outcome]:
        """The observations as outcomes, numbered below 0."""
        scores = [(score, read_point(o.point)) for o in self.observations for score in o.scores]
        return [Outcome(number - len(scores), score, point=point) for number, (score, point) in enumerate(scores)]

    def candidates(self) -> list[Candidate]:
        """Of a sweep: the finest grid that the budget pays for."""
        levels = 1
        while self._affordable(finer := self._grid(levels + 1)) and finer != self._grid(levels):
            levels += 1
        return [self.candidate(point, "sweep", f"point {i}") for i, point in enumerate(self._grid(levels), 1)]

    def candidate(self, point: Point, origin: Origin, label: str) -> Candidate:
        """The network with these values."""
        network = self._network(point)
        config = self.configuration(network=network, neurons=(), training=self.training)
        return Candidate(config, origin, label, point=point)

    def _affordable(self, points: Sequence[Point]) -> bool:
        return self.seeds * (1 + len(points)) <= self.budget.trials

    def _grid(self, levels: int) -> list[Point]:
        return grid(self.space, levels)

    def _network(self, values: Mapping[str, Any]) -> Network:
        return type(self.network).model_validate({**dict(self.network), **values})

    def _check(self, field: str, values: Mapping[str, Any]) -> None:
        try:
            self._network(values)
        except ValidationError as error:
            raise ValueError(f"{field}: {explain(error.errors()[0])}") from None


def _has(dimension: Dimension, value: Any) -> bool:
    match dimension:
        case Categorical():
            return value in dimension.choices
        case Int():
            return bool(dimension.low <= value <= dimension.high)
    return True


def _probes(name: str, dimension: Dimension) -> list[Any]:
    """Values of every choice and family, and at the ends of every range."""
    ends = [dimension.decode([u] * dimension.width) for u in (0.0, 1.0)]
    return [*ends, *(point[name] for point in grid({name: dimension}, 1))]
