r"""Scores that are far from all others, and what a surrogate is fitted to instead: one of -1e30 would hide the rest.

What lies beyond fences counts by its order alone: the nearest beyond a fence is put at it, each further value a step
further. Larger is better. With the median m, the upper quartile q and s = q - m the fences are

.. math:: m - \max(6 s, |m|), \qquad q + \max(6 s, 3 |m|)

so up to half of all scores may be extremely bad, and up to a quarter extremely good. Six times s are four standard
deviations of normal scores; among scores of which most are equal, those of usual size are never extreme.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LARGEST = 1e100  # magnitude, so that squares are finite
STEP = 0.1  # of the distance of a fence


class Tamed(NamedTuple):
    scores: Array
    changed: int  # how many are not as given


def tame(scores: Array) -> Tamed:
    """Scores in the same order, of which none is extreme.

    >>> tame(np.array([0.5, 0.5, -1e30, 0.6, -1e31])).scores.tolist()
    [0.5, 0.5, 0.0, 0.6, -0.05]
    >>> tame(np.array([0.1, 0.2, 0.7])).changed
    0
    """
    found = scores.clip(-LARGEST, LARGEST)
    middle = np.quantile(found, 0.5, method="higher")
    upper = max(np.quantile(found, 0.75, method="lower"), middle)
    smallest = np.abs(found[found != 0]).min(initial=LARGEST)
    down, up = (max(6 * (upper - middle), times * abs(middle)) or smallest for times in (1, 3))
    low, high = middle - down, upper + up
    below, above = np.unique(found[found < low]), np.unique(found[found > high])
    beyond = len(below) - 1 - np.searchsorted(below, found)
    tamed = np.where(found < low, low - STEP * down * beyond, found)
    tamed = np.where(found > high, high + STEP * up * np.searchsorted(above, found), tamed)
    return Tamed(tamed, int((tamed != scores).sum()))
