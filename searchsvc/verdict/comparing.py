"""Tests of differences between candidates: by the pooled variance where there is one for those compared, else Welch's.

Three questions, each with its own correction:

- `pair`: one planned comparison, so none.
- `with_control`: all with one that was named beforehand (Dunnett; Holm over Welch's).
- `with_best`: may this one be the best of so many (Hsu's multiple comparisons with the best)? The best is chosen by the
  same scores, so candidate i is held against the largest of all others as its control (Dunnett, one-sided; Bonferroni
  over Welch's). Below 5 %, another one is at least as good; the best is among those above, in 95 of 100 searches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from scipy.special import stdtr

from searchsvc.strategy import average
from searchsvc.verdict import multiple
from searchsvc.verdict.pooling import Pool
from searchsvc.verdict.welch import holm, welch

LEVEL = 0.05


@dataclass(frozen=True)
class Scores:
    """Of a candidate, over seeds that are alike for all that it is compared with."""

    label: str
    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        return average(self.values)


def pair(a: Scores, b: Scores, pool: Pool | None) -> float | None:
    """Two-sided p-value."""
    if pool is None or not _pooled(a, b, pool):
        return welch(a.values, b.values)
    return float(2 * stdtr(pool.freedom, -abs(distance(a, b, pool))))


def with_control(control: Scores, others: Sequence[Scores], pool: Pool | None) -> list[float | None]:
    """Two-sided p-values of each of the others, corrected for all of them."""
    if pool is None or not pool.takes([control.label]):
        return holm([welch(control.values, other.values) for other in others])
    sizes = [len(other.values) for other in others if len(other.values) > 1]
    found: list[float | None] = []
    for other in others:
        if len(other.values) < 2 or other.label in pool.left_out:
            p = welch(control.values, other.values)
            found.append(None if p is None else min(1.0, len(sizes) * p))
        else:
            t = abs(distance(control, other, pool))
            found.append(multiple.p_value(t, len(control.values), sizes, pool.freedom, sides=2))
    return found


def with_best(
    compared: Sequence[Scores], sign: int, pool: Pool | None, rivals: int | None = None
) -> list[float | None]:
    """Of each the p-value of its being the best.

    Args:
        sign: 1 if more is better, -1 if less is.
        rivals: among how many, of which these are the first; by default these are all.
    """
    count = (rivals or len(compared)) - 1
    return [_best(one, [o for o in compared if o is not one], sign, pool, count) for one in compared]


def _best(one: Scores, others: Sequence[Scores], sign: int, pool: Pool | None, count: int) -> float | None:
    pooled = [o for o in others if pool and _pooled(one, o, pool)]
    p_values = []
    for other in others:
        if other not in pooled and (p := welch(one.values, other.values)) is not None:
            p_values.append(min(1.0, count * (p / 2 if sign * (other.mean - one.mean) > 0 else 1 - p / 2)))
    if pool and pooled:
        t = max(sign * distance(other, one, pool) for other in pooled)
        sizes = [len(other.values) for other in others] + [min(len(o.values) for o in others)] * (count - len(others))
        p_values.append(multiple.p_value(t, len(one.values), sizes, pool.freedom, sides=1))
    return min(p_values, default=None)


def _pooled(a: Scores, b: Scores, pool: Pool) -> bool:
    return min(len(a.values), len(b.values)) > 1 and pool.takes([a.label, b.label])


def distance(a: Scores, b: Scores, pool: Pool) -> float:
    """Of a's mean from b's in standard errors."""
    return (a.mean - b.mean) / (pool.deviation * sqrt(1 / len(a.values) + 1 / len(b.values)))
