"""Quantile functions between the nodes at which they are stored.

Against the standard normal's quantiles they are nearly straight, so that few nodes hold them. Between nodes lies
Fritsch and Butland's monotone cubic (1984), whose slopes are harmonic means: it never falls where its nodes rise.
"""

from collections.abc import Sequence
from itertools import pairwise
from statistics import NormalDist

from spaces.distributions.nodes import SHARES

NORMAL = NormalDist()
CENTRAL = [i for i, share in enumerate(SHARES) if 0.001 < share < 0.999]  # tails would leave no room for the rest
AT = [SHARES[i] for i in CENTRAL]


def central(quantiles: Sequence[float]) -> list[float]:
    """Of a distribution's stored quantiles those that are drawn, at the shares `AT`."""
    return [quantiles[i] for i in CENTRAL]


def refined(shares: Sequence[float], quantiles: Sequence[float], pieces: int) -> tuple[list[float], list[float]]:
    """Shares and quantiles with so many pieces between two nodes.

    >>> refined([0.25, 0.75], [1.0, 2.0], 2)
    ([0.25, 0.5, 0.75], [1.0, 1.5, 2.0])
    """
    at = [NORMAL.inv_cdf(share) for share in shares]
    slopes = _slopes(at, quantiles)
    found: list[tuple[float, float]] = []
    for i in range(len(at) - 1):
        ends = (quantiles[i], quantiles[i + 1]), (slopes[i], slopes[i + 1])
        for t in (k / pieces for k in range(pieces)):
            z = at[i] + t * (at[i + 1] - at[i])
            found.append((NORMAL.cdf(z) if t else shares[i], _cubic(t, at[i + 1] - at[i], *ends)))
    x, y = zip(*found, (shares[-1], quantiles[-1]), strict=True)
    return list(x), list(y)


def _cubic(t: float, width: float, ends: tuple[float, float], slopes: tuple[float, float]) -> float:
    """Hermite's cubic at the share `t` of an interval, as steps from its lower end so that equal ends stay equal."""
    rise = (3 - 2 * t) * t * t * (ends[1] - ends[0])
    return ends[0] + rise + width * t * (1 - t) * ((1 - t) * slopes[0] - t * slopes[1])


def _slopes(at: Sequence[float], values: Sequence[float]) -> list[float]:
    """At each node; at the ends those of the outer pieces."""
    widths = [right - left for left, right in pairwise(at)]
    rises = [(values[i + 1] - values[i]) / width for i, width in enumerate(widths)]
    if not rises:
        return [0.0] * len(values)
    inner = [_harmonic(*w, *r) for w, r in zip(pairwise(widths), pairwise(rises), strict=True)]
    return [rises[0], *inner, rises[-1]]


def _harmonic(before: float, after: float, rise: float, next_rise: float) -> float:
    if rise * next_rise <= 0:
        return 0.0
    weights = 2 * after + before, after + 2 * before
    return sum(weights) / (weights[0] / rise + weights[1] / next_rise)
