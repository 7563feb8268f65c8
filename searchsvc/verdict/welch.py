"""Welch's t-test of two candidates, each with its own variance, and Holm's correction for several."""

from collections.abc import Sequence
from math import frexp, hypot, ldexp, sqrt
from statistics import mean, stdev

from scipy.special import stdtr

from searchsvc.strategy import rounded


def welch(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Two-sided p-value; 1 for equal constants.

    None where these seeds allow no test: a side has a single score, or the scores of neither vary, of which nobody
    knows how much others would. Scores that differ in the 13th digit do not vary.
    """
    if min(len(a), len(b)) < 2:
        return None
    once_a, once_b = set(map(rounded, a)), set(map(rounded, b))
    if len(once_a) == len(once_b) == 1:
        return 1.0 if once_a == once_b else None
    exponent = frexp(max(map(abs, (*a, *b))))[1]  # to just below 2**1000, exactly, so that no sum overflows
    a, b = (tuple(ldexp(score, 1000 - exponent) for score in side) for side in (a, b))
    errors = [stdev(side) / sqrt(len(side)) for side in (a, b)]  # exact, so also for a side of equal scores
    error = hypot(*errors)  # no squares, of which those of a side with far smaller scores would be 0
    freedom = 1 / sum((own / error) ** 4 / (len(side) - 1) for own, side in zip(errors, (a, b), strict=True))
    return float(2 * stdtr(freedom, -abs(mean(a) - mean(b)) / error))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjustment; a missing value stays missing.

    >>> holm([0.01, 0.04, None, 0.03])
    [0.03, 0.06, None, 0.06]
    """
    present = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    running = 0.0
    for rank, (p, i) in enumerate(present):
        running = max(running, min(1.0, (len(present) - rank) * p))
        adjusted[i] = running
    return adjusted
