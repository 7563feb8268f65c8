"""What every dimension of a space has, and how numbers between bounds lie in the unit interval; torch-free."""

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

from spaces.params import Params

Bounds = tuple[float, float]
NEAR = 0.01  # of a range: at its end


class Dimension(Params):
    """What every type has: how many coordinates it takes, and the value that they stand for."""

    type: str

    @property
    def width(self) -> int:
        return 1

    @property
    def choices_at(self) -> tuple[int, int] | None:
        """The coordinate that chooses among so many, if there is one; what it chooses has no order."""
        return None

    @property
    def size(self) -> int | None:
        """How many values it has; None: a continuum."""
        return None

    def decode(self, u: Sequence[float]) -> Any:
        """The value that these coordinates stand for."""
        raise NotImplementedError

    def has(self, value: Any) -> bool:
        """Whether something can be learned here from this value, which may lie outside the bounds of a range."""
        return True

    @property
    def allowed(self) -> str:
        """What `has` accepts, in words."""
        return "a number"

    def ends(self) -> list[Any]:
        """The values at both ends of every coordinate, in all combinations, of every choice."""
        shares: list[Sequence[float]] = [(0.0, 1.0)] * self.width
        if self.choices_at:
            coordinate, count = self.choices_at
            shares[coordinate] = [middle(i, count) for i in range(count)]
        return [self.decode(u) for u in product(*shares)]

    def edges(self, value: Any) -> list[str]:
        """The bounds at which this value lies, or beyond which, within a hundredth of the range, in words."""
        return []

    def encode(self, value: Any) -> list[float]:
        """Coordinates that `decode` turns into `value`, or into the nearest value that it can give."""
        raise NotImplementedError


def check_bounds(name: str, bounds: Bounds, *, positive: bool = False) -> None:
    if bounds[0] >= bounds[1]:
        raise ValueError(f"{name}: got {bounds[0]:g} and {bounds[1]:g}; the first must be below the second")
    if positive and bounds[0] <= 0:
        raise ValueError(f"{name}: got {bounds[0]:g} and {bounds[1]:g}; both must be above 0 here")


def between(u: Any, bounds: Bounds, *, log: bool = False) -> Any:
    """A number, or a tensor of them, at shares `u` of the way from the first bound to the second.

    0 and 1 give the bounds themselves, and nothing lies outside, however it is rounded.

    >>> between(1.0, (1.2, 100.0), log=True), between(0.5, (-1e308, 1e308))
    (100.0, 0.0)
    """
    low, high = bounds
    value = low ** (1 - u) * high**u if log else low * (1 - u) + high * u
    return min(max(value, low), high) if isinstance(value, float) else value.clamp(low, high)


def share(value: float, bounds: Bounds, *, log: bool = False, beyond: float = 0.0) -> float:
    """The inverse of `between`; of a value outside, the nearest share that is at most `beyond` away from 0 and 1."""
    low, high = bounds
    if log:
        found = _log_ratio(value, low) / _log_ratio(high, low) if value > 0 else -math.inf
    else:
        half = 1.0 if math.isfinite(high - low) else 0.5
        found = (half * value - half * low) / (half * high - half * low)
    return min(max(found, -beyond), 1 + beyond)


def edges(name: str, value: float, bounds: Bounds, *, log: bool = False) -> list[str]:
    """At which of these bounds a value lies; 0 is the end of most quantities, and no bound to widen.

    >>> edges("mean", 2.0, (2.0, 30.0), log=True), edges("", 0.5, (0.0, 0.5)), edges("", 0.0, (0.0, 0.5))
    (['lower bound of mean, 2'], ['upper bound, 0.5'], [])
    """
    at, of = share(value, bounds, log=log), f" of {name}" if name else ""
    found = [("lower", bounds[0])] * (at <= NEAR) + [("upper", bounds[1])] * (at >= 1 - NEAR)
    return [f"{which} bound{of}, {bound:g}" for which, bound in found if bound != 0]


def _log_ratio(a: float, b: float) -> float:
    """Exact for numbers that are close, finite for those that are far apart."""
    return math.log(a / b) if math.isfinite(a / b) else math.log(a) - math.log(b)


def cell(u: float, count: int) -> int:
    """Which of `count` equal parts of the unit interval `u` lies in."""
    return min(int(u * count), count - 1)


def middle(index: int, count: int) -> float:
    return (index + 0.5) / count
