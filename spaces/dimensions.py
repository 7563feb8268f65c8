"""The space of a search: named dimensions, and what a point of the unit cube stands for; torch-free.

A point is a mapping of every dimension's name to a value: a number, a choice, or a distribution. A dimension takes up
one or more coordinates of the unit cube.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from spaces import distribution_params
from spaces._dimension import Dimension as BaseDimension
from spaces._dimension import between, cell, check_bounds, middle, share
from spaces.distribution_dimension import Distribution
from spaces.params import Params

Choice = bool | int | float | str
Value = Choice | distribution_params.Distribution
Point = Mapping[str, Value]


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


class Int(BaseDimension):
    """A whole number from low to high, both included."""

    type: Literal["int"] = "int"
    low: int
    high: int

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        check_bounds("low, high", (self.low, self.high))
        return self

    def decode(self, u: Sequence[float]) -> int:
        return self.low + cell(u[0], self.high - self.low + 1)

    def encode(self, value: int) -> list[float]:
        return [middle(value - self.low, self.high - self.low + 1)]


class Categorical(BaseDimension):
    """One of some choices without order."""

    type: Literal["categorical"] = "categorical"
    choices: tuple[Choice, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.choices)) < len(self.choices):
            raise ValueError(f"choices: got {list(self.choices)}; give each choice once")
        return self

    @property
    def choices_at(self) -> tuple[int, int]:
        return 0, len(self.choices)

    def decode(self, u: Sequence[float]) -> Choice:
        return self.choices[cell(u[0], len(self.choices))]

    def encode(self, value: Choice) -> list[float]:
        return [middle(self.choices.index(value), len(self.choices))]


if TYPE_CHECKING:
    Dimension = BaseDimension
    Space = dict[str, Dimension]
else:
    Dimension = Annotated[Float | Int | Categorical | Distribution, Field(discriminator="type")]
    Space = Annotated[dict[str, Dimension], Field(min_length=1)]


def width(space: Space) -> int:
    """Coordinates of the unit cube."""
    return sum(dimension.width for dimension in space.values())


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
    counts = [levels] * dimension.width
    if dimension.choices_at:
        counts[dimension.choices_at[0]] = dimension.choices_at[1]
    if isinstance(dimension, Int):
        counts = [min(levels, dimension.high - dimension.low + 1)]
    combinations = product(*([middle(i, count) for i in range(count)] for count in counts))
    return list(dict.fromkeys(dimension.decode(u) for u in combinations))
