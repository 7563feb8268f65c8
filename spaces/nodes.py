"""Where a distribution's quantiles are kept: the 16 nodes of Gauss-Hermite's rule for the normal score; torch-free.

>>> [round(share, 3) for share in SHARES[4:8]]
[0.003, 0.025, 0.122, 0.349]
"""

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
