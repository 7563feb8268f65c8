"""Where a distribution's quantiles are kept: the 16 nodes of Gauss-Hermite's rule for the normal score; torch-free.

>>> [round(share, 3) for share in SHARES[4:8]]
[0.003, 0.025, 0.122, 0.349]
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

UPPER = (  # Abramowitz & Stegun 1964, table 25.10, times the square root of 2
    0.3867606045005574,
    1.1638291005549648,
    1.9519803457163334,
    2.7602450476307014,
    3.6008736241715487,
    4.492955302520011,
    5.472225705949343,
    6.630878198393129,
)
SCORES = (*(-score for score in reversed(UPPER)), *UPPER)
SHARES = tuple(NormalDist().cdf(score) for score in SCORES)


def moments(quantiles: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation of a distribution, from its quantiles at the nodes, by Gauss-Hermite's rule.

    >>> mean, sd = moments([10 + 2 * score for score in SCORES])
    >>> round(mean, 6), round(sd, 6)
    (10.0, 2.0)
    """
    mean = math.fsum(w * q for w, q in zip(WEIGHTS, quantiles, strict=True))
    return mean, math.sqrt(math.fsum(w * (q - mean) ** 2 for w, q in zip(WEIGHTS, quantiles, strict=True)))


def _weight(score: float) -> float:
    """Of a node: n! / (n He_{n-1}(score))^2."""
    before, hermite = 1.0, score
    for k in range(1, len(SCORES) - 1):
        before, hermite = hermite, score * hermite - k * before
    return math.factorial(len(SCORES)) / (len(SCORES) * hermite) ** 2


WEIGHTS = tuple(_weight(score) for score in SCORES)
