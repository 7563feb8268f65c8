r"""How far the largest of several differences from one candidate goes by chance (Dunnett 1955).

.. math:: P(\max_j T_j \le t) = \int_0^\infty \int \prod_j
          \left[\Phi(u_j) - \Phi(l_j)\right] \varphi(z)\, dz\, f_\nu(s)\, ds, \qquad
          u_j, l_j = \frac{\pm t s + \lambda_j z}{\sqrt{1 - \lambda_j^2}}, \quad
          \lambda_j = \sqrt{\frac{n_j}{n_0 + n_j}}

T_j is the difference of mean j from that of the control 0 over its standard error, by a common estimate of the
deviation with :math:`\nu` degrees of freedom, whose ratio to the true one is s; one-sided without l. It is integrated
by the trapezoidal rule, which such integrands make exact to six digits and more, and without draws: the same scores
give the same p-value. (`scipy.stats.dunnett` draws, and takes no deviation that others helped to estimate.)
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri, ndtr

Sizes = tuple[tuple[int, int], ...]  # seeds of those compared, and how many have so many

Z = np.linspace(-8.0, 8.0, 65)
DENSITY = np.exp(-(Z**2) / 2) / np.exp(-(Z**2) / 2).sum()


def p_value(t: float, control: int, others: Sequence[int], freedom: float, *, sides: int) -> float:
    """Of one of these differences from the control: how often the largest of all is as large by chance.

    >>> round(p_value(2.7302, 4, [4] * 5, 20, sides=2), 3)  # Dunnett's table has 2.73 for 5 %
    0.05
    """
    return 1.0 - _within(t, control, _sizes(others), freedom, sides)


def critical(level: float, control: int, others: Sequence[int], freedom: float, *, sides: int) -> float:
    """The value that the largest exceeds by chance with this probability."""
    return _critical(level, control, _sizes(others), freedom, sides)


@lru_cache(1024)
def _critical(level: float, control: int, others: Sizes, freedom: float, sides: int) -> float:
    def excess(t: float) -> float:
        return 1.0 - level - _within(t, control, others, freedom, sides)

    highest = 10.0
    while excess(highest) > 0:
        highest *= 10
    return float(brentq(excess, 0.0 if sides == 2 else -10.0, highest, xtol=1e-9))


def _sizes(others: Sequence[int]) -> Sizes:
    return tuple(sorted(Counter(others).items()))


def _within(t: float, control: int, others: Sizes, freedom: float, sides: int) -> float:
    ratios, weights = _deviations(freedom)
    product: Any = np.ones((len(ratios), len(Z)))
    for size, count in others:
        share = size / (control + size)  # lambda squared
        shift, width = np.sqrt(share) * Z, np.sqrt(1 - share)
        inside = ndtr((t * ratios[:, None] + shift) / width)
        if sides == 2:
            inside = inside - ndtr((shift - t * ratios[:, None]) / width)
        product *= np.clip(inside, 0.0, 1.0) ** count
    return float(min(1.0, max(0.0, weights @ product @ DENSITY)))


@lru_cache(256)
def _deviations(freedom: float) -> tuple[Any, Any]:
    """Nodes for s and their weights; the logarithm of s has tails that a straight rule takes well."""
    low, high = (0.5 * np.log(chdtri(freedom, tail) / freedom) for tail in (1 - 1e-13, 1e-13))
    logs = np.linspace(low, high, 65 if freedom > 4 else 321)  # few degrees of freedom have a long tail of small ones
    density = freedom * (logs - np.exp(2 * logs) / 2)
    weights = np.exp(density - density.max())
    return np.exp(logs), weights / weights.sum()
