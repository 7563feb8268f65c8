"""The space of a search: named dimensions, and what a point of the unit cube stands for; torch-free.

A point is a mapping of every dimension's name to a value: a number, a choice, or a distribution. A dimension takes up
one or more coordinates of the unit cube.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from spaces.distributions import params as distribution_params
from spaces.errors import got
from spaces.params import Params, later
from spaces.space._dimension import Bounds, between, cell, check_bounds, edges, middle, share
from spaces.space._dimension import Dimension as BaseDimension
from spaces.space.distribution import Distribution


def _one_value(value: object) -> object:
    if not isinstance(value, bool | int | float | str):
        raise ValueError(f"got {got(value)}; give a number, a text or a truth value")
    return value


Choice = bool | int | float | str
Value = Choice | distribution_params.Distribution
Point = Mapping[str, Value]
Whole = Annotated[int, Field(ge=-(10**12), le=10**12)]  # so that every one has coordinates of its own


class Float(BaseDimension):
    """A number from low to high; `log`: every ratio counts equally."""

    type: Literal["float"] = "float"
    low: float
    high: float
    log: bool = False

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        check_bounds("low, high", (self.low, self.high), positive=self.log)
        return self

    def decode(self, u: Sequence[float]) -> float:
        value: float = between(u[0], (self.low, self.high), log=self.log)
        return value

    def encode(self, value: float) -> list[float]:
        return [share(value, (self.low, self.high), log=self.log)]

    def edges(self, value: float) -> list[str]:
        return edges("", value, (self.low, self.high), log=self.log)


class Int(BaseDimension):
    """A whole number from low to high, both included; `log`: every ratio counts equally."""

    type: Literal["int"] = "int"
    low: Whole
    high: Whole
    log: bool = later(False)

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        check_bounds("low, high", (self.low, self.high), positive=self.log)
        return self

    @property
    def size(self) -> int:
        return self.high - self.low + 1

    def decode(self, u: Sequence[float]) -> int:
        if self.log:
            return self._nearest(round(between(u[0], self._cells, log=True)))
        return self.low + cell(u[0], self.size)

    def encode(self, value: int) -> list[float]:
        if self.log:
            return [share(self._nearest(value), self._cells, log=True)]
        return [middle(self._nearest(value) - self.low, self.size)]

    def edges(self, value: float) -> list[str]:
        return edges("", value, (self.low, self.high)) if value in (self.low, self.high) else []

    def has(self, value: float) -> bool:
        return self.low <= value <= self.high and value == int(value)

    @property
    def allowed(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    def spread(self, count: int) -> list[int]:
        """So many of its numbers, as evenly as coordinates go; all of them, if there are no more."""
        found: list[int] = []
        for i in range(count := min(count, self.size)):
            least, most = found[-1] + 1 if found else self.low, self.high - (count - 1 - i)
            found.append(min(max(self.decode([middle(i, count)]), least), most))
        return found

    @property
    def _cells(self) -> Bounds:
        """Of a logarithmic range, half a number beyond its ends, so that these are as wide as others."""
        return self.low - 0.5, self.high + 0.5

    def _nearest(self, value: int) -> int:
        return min(max(value, self.low), self.high)


class Categorical(BaseDimension):
    """One of some choices without order."""

    type: Literal["categorical"] = "categorical"
    choices: tuple[Annotated[Choice, BeforeValidator(_one_value)], ...] = Field(min_length=2, max_length=1000)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.choices)) < len(self.choices):
            raise ValueError(f"choices: got {list(self.choices)}; give each choice once")
        return self

    @property
    def choices_at(self) -> tuple[int, int]:
        return 0, len(self.choices)

    @property
    def size(self) -> int:
        return len(self.choices)

    def decode(self, u: Sequence[float]) -> Choice:
        return self.choices[cell(u[0], len(self.choices))]

    def encode(self, value: Choice) -> list[float]:
        return [middle(self.choices.index(value), len(self.choices))]

    def has(self, value: Choice) -> bool:
        return value in self.choices

    @property
    def allowed(self) -> str:
        return f"one of {', '.join(map(repr, self.choices))}"


if TYPE_CHECKING:
    Dimension = BaseDimension
    Space = dict[str, Dimension]
else:
    Dimension = Annotated[Float | Int | Categorical | Distribution, Field(discriminator="type")]
    Space = Annotated[dict[str, Dimension], Field(min_length=1)]


def width(space: Space) -> int:
    """Coordinates of the unit cube."""
    return sum(dimension.width for dimension in space.values())


def size(space: Space) -> int | None:
    """How many points it has; None: a continuum.

    >>> size({"depth": Int(low=1, high=3), "cell": Categorical(choices=["a", "b"])}), size({"x": Float(low=0, high=1)})
    (6, None)
    """
    sizes = [found for dimension in space.values() if (found := dimension.size) is not None]
    return math.prod(sizes) if len(sizes) == len(space) else None


def every(space: Space) -> list[Point]:
    """All points of a space that has a size."""
    return grid(space, max(dimension.size or 0 for dimension in space.values()))


def has(space: Space, point: Point) -> bool:
    """Whether its choices and whole numbers are among those of the space; other values may lie outside."""
    return all(dimension.has(point[name]) for name, dimension in space.items())


def decode(space: Space, u: Sequence[float]) -> Point:
    """The point that coordinates of the unit cube stand for.

    >>> decode({"gain": Float(low=0, high=2), "depth": Int(low=1, high=3)}, [0.25, 0.99])
    {'gain': 0.5, 'depth': 3}
    """
    return {name: space[name].decode(u[part]) for name, part in parts(space)}


def encode(space: Space, point: Point) -> list[float]:
    """Coordinates of a point, or of the nearest that the space has."""
    return [u for name, dimension in space.items() for u in dimension.encode(point[name])]


def point_to_json(point: Point) -> dict[str, Any]:
    """What `read_point` reads.

    >>> point_to_json({"tau": distribution_params.Dirac(value=20), "depth": 3})
    {'tau': {'family': 'dirac', 'value': 20.0}, 'depth': 3}
    """
    return {name: v.model_dump(mode="json") if isinstance(v, Params) else v for name, v in point.items()}


def read_point(value: Mapping[str, Any]) -> Point:
    """A point from its JSON form.

    Raises:
        UserError: a distribution is wrong.
    """
    return {name: distribution_params.read(v) if isinstance(v, dict) else v for name, v in value.items()}


def parts(space: Space) -> Iterator[tuple[str, slice]]:
    """The coordinates of every dimension."""
    start = 0
    for name, dimension in space.items():
        yield name, slice(start, start + dimension.width)
        start += dimension.width


def grid(space: Space, levels: int) -> list[Point]:
    """Every combination of `levels` evenly spread values of each coordinate, and of every choice and whole number."""
    values = [_distinct(dimension, levels) for dimension in space.values()]
    return [dict(zip(space, combination, strict=True)) for combination in product(*values)]


def _distinct(dimension: Dimension, levels: int) -> list[Value]:
    """A dimension's values on the grid, each once: a Dirac has no cv, so all of that coordinate's give the same."""
    if isinstance(dimension, Int):
        return [*dimension.spread(levels)]
    counts = [levels] * dimension.width
    if dimension.choices_at:
        counts[dimension.choices_at[0]] = dimension.choices_at[1]
    combinations = product(*([middle(i, count) for i in range(count)] for count in counts))
    return list(dict.fromkeys(dimension.decode(u) for u in combinations))
