"""Distributions as small curves for the rows of a table: each one's density, on an axis that all have in common.

A density is the slope of the distribution function between the nodes of `_monotone`, over the logarithm of what is
positive; each is as high as the others. What does not spread is a needle.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

from searchsvc.pictures._drawing import graded
from searchsvc.pictures._monotone import AT, central, refined

WIDTH, HEIGHT = 96, 22  # in pixels
PIECES = 3  # of a curve between two nodes
FINEST = 0.005  # step of a curve, as a share of the axis

Key = TypeVar("Key")


class Curves(NamedTuple, Generic[Key]):
    axis: str  # from where to where it goes
    paths: Mapping[Key, str]  # of SVG, in a box of WIDTH times HEIGHT


def small(quantiles: Mapping[Key, Sequence[float]]) -> Curves[Key]:
    """Of distributions of one parameter, by their quantiles at `spaces.distributions.nodes`."""
    drawn = {key: central(values) for key, values in quantiles.items()}
    axis = graded([value for values in drawn.values() for value in values[1:-1]])  # tails may go beyond
    is_log, (low, high) = axis["type"] == "log", axis["range"]

    def share(value: float) -> float:
        place: float = ((math.log10(value) if is_log else value) - low) / (high - low)
        return place

    first, last = (10**end if is_log else end for end in (low, high))
    paths = {key: _path([share(value) for value in values]) for key, values in drawn.items()}
    return Curves(f"{_brief(first)} to {_brief(last)}{' (log)' if is_log else ''}", paths)


def _brief(value: float) -> str:
    """With two digits that count.

    >>> _brief(112.3), _brief(0.0664)
    ('110', '0.066')
    """
    return f"{float(f'{value:.2g}'):g}"


def _path(quantiles: Sequence[float]) -> str:
    """A closed area above the lower edge."""
    if quantiles[-1] - quantiles[0] < 2 * FINEST:
        at = _pixels(quantiles[0])
        return f"M{at},{HEIGHT}V1"
    shares, places = refined(AT, quantiles, PIECES)
    steps = [(b - a, max(y - x, FINEST)) for (a, b), (x, y) in zip(pairwise(shares), pairwise(places), strict=True)]
    heights = [gained / step for gained, step in steps]
    middles = [_pixels((x + y) / 2) for x, y in pairwise(places)]
    tops = [round(HEIGHT - (HEIGHT - 1) * height / max(heights), 1) for height in heights]
    line = " ".join(f"{x},{y}" for x, y in zip(middles, tops, strict=True))
    return f"M{_pixels(places[0])},{HEIGHT}L{line} {_pixels(places[-1])},{HEIGHT}Z"


def _pixels(share: float) -> float:
    return round(WIDTH * share, 1)
