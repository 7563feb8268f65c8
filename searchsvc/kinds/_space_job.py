"""What kinds share that search named fields of a network, of its neurons and of its training for their best values."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self
from uuid import UUID

from pydantic import Field, StrictFloat, ValidationInfo, field_validator, model_validator

from searchsvc import strategies
from searchsvc.kinds._base import Budget
from searchsvc.kinds._task_job import TaskJob
from searchsvc.kinds._values import point_of, space_of
from searchsvc.metrics.objectives import STORED
from searchsvc.strategies.params import wasserstein_bo
from searchsvc.strategy import Candidate, Outcome
from spaces.identity import Identity, identity
from spaces.params import Params
from spaces.space import named
from spaces.space.dimensions import Point, Space, grid, has, point_to_json, read_point, size
from spaces.space.named import Given

if TYPE_CHECKING:
    from searchsvc.strategies.params import StrategyParams as Strategy
else:
    Strategy = strategies.union("space", "candidates", default="wasserstein_bo")


class Observation(Params):
    """What is known already of a point: the scores of its trials."""

    point: dict[str, Any]
    scores: tuple[StrictFloat, ...] = Field(min_length=1)


class SpaceJob(TaskJob):
    """Trials: seeds x the baseline and as many candidates as the budget pays for, or the space or a sweep's grid has.

    The baseline is everything as given. What is known from the start is not run again, except the baseline.
    """

    compared_with: ClassVar[str] = "as given"
    space: Space = Field(
        description="by fields of the network, of its neurons (neurons.tau) and of its training (training.lr): "
        "float, int, categorical or distribution"
    )
    strategy: Strategy = wasserstein_bo.Params()
    budget: Budget = Budget(trials=40)
    warm_start: tuple[UUID, ...] = Field(
        (), description="searches of the same task whose results are known from the start"
    )
    observations: tuple[Observation, ...] = Field(
        (), description="known from the start; those of warm_start are added when the search is submitted"
    )

    @field_validator("space")
    @classmethod
    def _of_what_is_given(cls, space: Space, info: ValidationInfo) -> Space:
        given = cls._given(info.data)
        return space_of(given, space) if given else space

    @field_validator("observations")
    @classmethod
    def _of_the_space(cls, observations: tuple[Observation, ...], info: ValidationInfo) -> tuple[Observation, ...]:
        given, space = cls._given(info.data), info.data.get("space")
        if given is None or space is None:
            return observations
        points = []
        for number, observation in enumerate(observations):
            try:
                points.append(point_to_json(point_of(given, space, observation.point)))
            except ValueError as error:
                raise ValueError(f"point {number}: {error}") from None
        return tuple(o.model_copy(update={"point": p}) for o, p in zip(observations, points, strict=True))

    @model_validator(mode="after")
    def _each_start_once(self) -> Self:
        if twice := [str(one) for i, one in enumerate(self.warm_start) if one in self.warm_start[:i]]:
            raise ValueError(
                f"warm_start: got {twice[0]} more than once; name each search once, or its scores count twice"
            )
        return self

    @model_validator(mode="after")
    def _scores_alone_are_known(self) -> Self:
        if self.tradeoffs and (self.observations or self.warm_start):
            raise ValueError("tradeoffs: what is known from the start has scores alone; leave out one of the two")
        return self

    @model_validator(mode="after")
    def _something_to_find_out(self) -> Self:
        if self._unknown == 0:
            raise ValueError(
                "space: every point of it is the baseline or known, by observations or warm_start, so nothing is left "
                "to run; widen the space, or leave them out"
            )
        return self

    @model_validator(mode="after")
    def _budget_for_a_candidate(self, info: ValidationInfo) -> Self:
        if info.context == STORED:
            return self  # a stored one lacks the observations that made its sweep so small
        least = self.seeds * (1 + (len(self._grid(1)) if self._sweeps else 1))
        if self.budget.trials < least:
            raise ValueError(
                f"budget.trials: got {self.budget.trials}; this search needs at least {least}; "
                "raise budget.trials or lower seeds"
            )
        return self

    @property
    def dimensions(self) -> Space:
        return self.space

    def coordinates(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.given.stored(configuration, name) for name in self.space}

    def unsearched(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        return named.without(configuration, list(self.space))

    def reference(self, configuration: Mapping[str, Any], baselines: Mapping[str, Mapping[str, Any]]) -> str | None:
        return next(iter(baselines), None)

    @property
    def candidate_count(self) -> int:
        if self._sweeps:
            return 1 + len(self._swept)
        affordable = self.budget.trials // self.seeds
        return affordable if self._unknown is None else min(affordable, 1 + self._unknown)

    @property
    def uses_up(self) -> bool:
        return self._sweeps or self.candidate_count - 1 == self._unknown

    @property
    def _sweeps(self) -> bool:
        return self.strategy.needs == "candidates"

    @property
    def points(self) -> int:
        """How many points its strategy asks for."""
        return self.candidate_count - 1

    @cached_property
    def taken(self) -> frozenset[Identity]:
        """Points that its strategy does not ask for: the baseline, and what is known."""
        if self.counts_copies:
            return frozenset()
        points = [*(candidate.point for candidate in self.baselines()), *(outcome.point for outcome in self.known())]
        return frozenset(map(identity, points))

    @cached_property
    def _unknown(self) -> int | None:
        """How many points of the space are there to be asked for; None: a continuum."""
        total = None if self.counts_copies else size(self.space)
        if total is None:
            return None
        points: list[Any] = [dict(point) for point in self.taken]
        return total - sum(has(self.space, point) for point in points)

    def baselines(self) -> list[Candidate]:
        return [self.candidate(self._as_given, "baseline", "as given")]

    def covers(self, point: Point) -> bool:
        """Whether its choices and whole numbers are among those of the space; other values may lie outside."""
        return has(self.space, point)

    def known(self) -> list[Outcome]:
        """The observations as outcomes, numbered below 0."""
        scores = [(score, read_point(o.point)) for o in self.observations for score in o.scores]
        return [Outcome(number - len(scores), score, point=point) for number, (score, point) in enumerate(scores)]

    def candidates(self) -> list[Candidate]:
        """Of a sweep: the finest grid that the budget pays for."""
        return [self.candidate(point, "sweep", f"point {i}") for i, point in enumerate(self._swept, 1)]

    def candidate(self, point: Point, origin: str, label: str) -> Candidate:
        """What is given with these values."""
        made = self.given.with_values(point)
        neurons = made.neurons * made.network.spiking_layers if len(made.neurons) == 1 else made.neurons
        config = self.configuration(network=made.network, neurons=neurons, training=made.training)
        return Candidate(config, origin, label, point=point)

    @cached_property
    def given(self) -> Given:
        """What candidates are made of."""
        given = self._given(dict(self))
        assert given
        return given

    @classmethod
    def _given(cls, fields: Mapping[str, Any]) -> Given | None:
        """Of these fields; None where one of them is wrong."""
        if not fields.keys() >= cls.model_fields.keys() & {"network", "neurons", "task", "training"}:
            return None
        network, task = fields["network"], fields["task"]
        try:
            cls.check_network(network, task)
        except ValueError:
            return None
        return Given(network, task.step_shape, fields["training"], fields.get("neurons", ()))

    @cached_property
    def _as_given(self) -> Point:
        return {name: named.plain(self.given.value(name)) for name in self.space}

    @cached_property
    def _swept(self) -> list[Point]:
        levels = 1
        while self._affordable(finer := self._grid(levels + 1)) and finer != self._grid(levels):
            levels += 1
        return self._grid(levels)

    def _affordable(self, points: Sequence[Point]) -> bool:
        return self.seeds * (1 + len(points)) <= self.budget.trials

    def _grid(self, levels: int) -> list[Point]:
        return [point for point in grid(self.space, levels) if identity(point) not in self.taken]
