"""What every dimension of a space has, and how numbers between bounds lie in the unit interval; torch-free."""

import math
from collections.abc import Sequence
from typing import Any

from spaces.params import Params

Bounds = tuple[float, float]


class Dimension(Params):
    """What every type has: how many coordinates it takes, and the value that they stand for."""

    @property
    def width(self) -> int:
        return 1

    @property
    def choices_at(self) -> tuple[int, int] | None:
        """The coordinate that chooses among so many, if there is one; what it chooses has no order."""
        return None

    def decode(self, u: Sequence[float]) -> Any:
        """The value that these coordinates stand for."""
        raise NotImplementedError

    def encode(self, value: Any) -> list[float]:
        """Coordinates that `decode` turns into `value`, or into the nearest value that it can give."""
        raise NotImplementedError


def check_bounds(name: str, bounds: Bounds, *, positive: bool = False) -> None:
    if bounds[0] >= bounds[1]:
        raise ValueError(f"{name}: got {bounds[0]:g} and {bounds[1]:g}; the first must be below the second")
    if positive and bounds[0] <= 0:
        raise ValueError(f"{name}: got {bounds[0]:g} and {bounds[1]:g}; both must be above 0 here")


def between(u: Any, bounds: Bounds, *, log: bool = False) -> Any:
    """A number, or a tensor of them, at shares `u` of the way from the first bound to the second."""
    low, high = bounds
    return low * (high / low) ** u if log else low + (high - low) * u


def share(value: float, bounds: Bounds, *, log: bool = False) -> float:
    """The inverse of `between`, at the nearest end for a value outside."""
    low, high = bounds
    inside = min(max(value, low), high)
    return math.log(inside / low) / math.log(high / low) if log else (inside - low) / (high - low)


def cell(u: float, count: int) -> int:
    """Which of `count` equal parts of the unit interval `u` lies in."""
    return min(int(u * count), count - 1)


def middle(index: int, count: int) -> float:
    return (index + 0.5) / count
