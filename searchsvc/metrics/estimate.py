"""A metric over a candidate's seeds: its mean, and how sure that is (Student's t)."""

from dataclasses import dataclass, replace
from math import sqrt

# Student's t, 97.5 %, for 1, 2, ... degrees of freedom; beyond these Cornish-Fisher's first term is within 0.2 %.
_QUANTILES = """
12.706 4.303 3.182 2.776 2.571 2.447 2.365 2.306 2.262 2.228 2.201 2.179 2.160 2.145 2.131
2.120 2.110 2.101 2.093 2.086 2.080 2.074 2.069 2.064 2.060 2.056 2.052 2.048 2.045 2.042
"""
T_975 = tuple(map(float, _QUANTILES.split()))


@dataclass(frozen=True)
class Estimate:
    """A metric over a candidate's seeds."""

    n: int
    mean: float
    std: float | None  # None for a single trial
    ci95: float | None  # half-width of the 95 % interval of the mean (Student's t)


def t_975(freedom: float) -> float:
    """Student's t quantile; degrees of freedom are rounded down, so an interval is rather too wide.

    >>> t_975(2), t_975(2.9), round(t_975(100), 3)
    (4.303, 4.303, 1.984)
    """
    return T_975[int(freedom + 1e-9) - 1] if freedom <= len(T_975) else 1.96 + 2.372 / freedom


def estimate(n: int, mean: float, m2: float) -> Estimate:
    """Mean, standard deviation and 95 % half-width from Welford's sums.

    >>> round(estimate(2, 0.5, 0.02).ci95, 4)
    1.2706
    """
    if n < 2:
        return Estimate(n, mean, None, None)
    std = sqrt(m2 / (n - 1))
    return Estimate(n, mean, std, t_975(n - 1) * std / sqrt(n))


def pooled(own: Estimate, deviation: float, freedom: int) -> Estimate:
    """Its interval by a deviation that all candidates of a search share, of so many degrees of freedom.

    >>> round(pooled(Estimate(2, 8.9, 2.4, 21.7), 1.15, 20).ci95, 2)
    1.7
    """
    return own if own.ci95 is None else replace(own, ci95=t_975(freedom) * deviation / sqrt(own.n))
