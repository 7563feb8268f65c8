"""How scores vary between seeds, of each candidate of a search."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf, sqrt
from statistics import variance
from typing import NamedTuple, Self

from searchsvc.strategy import Sample, rounded

SAME = 1e-11  # of a mean: what rounding makes of equal scores


class Spread(NamedTuple):
    """Of a candidate: squared deviations from the means of what the search saw, and of fresh seeds."""

    freedom: int
    squares: float

    @classmethod
    def of(cls, n: int, mean: float, squares: float) -> Self:
        """Of so many scores with this mean, and the sum of squared deviations from it."""
        return cls(n - 1, squares if sqrt(squares / n) > SAME * abs(mean) else 0.0)

    @classmethod
    def of_scores(cls, scores: tuple[float, ...]) -> Self:
        freedom = max(0, len(scores) - 1)
        if len(set(map(rounded, scores))) < 2:
            return cls(freedom, 0.0)
        try:
            return cls(freedom, variance(scores) * freedom)
        except OverflowError:
            return cls(freedom, inf)

    def and_(self, other: "Spread") -> "Spread":
        return Spread(self.freedom + other.freedom, self.squares + other.squares)


@dataclass(frozen=True)
class Rivals:
    """Among whom leaders are compared: how many could be the best, and how the scores of each candidate vary."""

    count: int
    spreads: Mapping[str, Spread]


def spreads(samples: Iterable[Sample]) -> dict[str, Spread]:
    return {s.label: Spread.of_scores(s.scores).and_(Spread.of_scores(s.confirmed)) for s in samples}
