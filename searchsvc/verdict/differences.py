"""How far means of a metric lie apart."""

from math import sqrt

from searchsvc.metrics.estimate import Estimate, t_975

SAME = 1e-11  # of a value: what rounding makes of equal ones


def difference(a: Estimate, b: Estimate) -> tuple[float, float | None]:
    """b's mean minus a's, and the half-width of its 95 % interval (Welch).

    None where one of them has a single trial, or both have scores that differ between them alone: nobody knows how much
    those of other seeds would vary.

    >>> one, other = Estimate(3, 0.5, 0.1, None), Estimate(3, 0.7, 0.1, None)
    >>> [round(value, 4) for value in difference(one, other)]
    [0.2, 0.2267]
    """
    gap = b.mean - a.mean
    if a.std is None or b.std is None:
        return gap, None
    parts = [a.std**2 / a.n, b.std**2 / b.n]
    if max(a.std, b.std) <= SAME * max(abs(a.mean), abs(b.mean)):
        return (gap, None) if abs(gap) > SAME * abs(a.mean) else (0.0, 0.0)
    variance = sum(parts)
    freedom = variance**2 / sum(part**2 / (n - 1) for part, n in zip(parts, (a.n, b.n), strict=True))
    return gap, t_975(freedom) * sqrt(variance)
