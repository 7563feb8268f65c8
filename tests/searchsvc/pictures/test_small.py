"""Small curves against the densities that they draw."""

import re

import numpy as np
import pytest
from scipy import stats

from searchsvc.pictures import HEIGHT, WIDTH, small
from spaces.distributions.nodes import SHARES

NORMAL, WIDE = stats.norm(10, 1), stats.norm(10, 2)
GAMMA, LATE = stats.lognorm(0.5, scale=10), stats.lognorm(0.5, scale=1000)


def quantiles(distribution):
    return distribution.ppf(SHARES).tolist()


def line(path):
    """Where a curve goes, in pixels from the left and from below."""
    (start,), (points,), (end,) = (re.findall(part, path) for part in (r"^M([^,]+),", r"L(.*) ", r" (\S+),\d+Z$"))
    found = np.array([[float(n) for n in point.split(",")] for point in points.split(" ")])
    assert float(start) <= found[0, 0] and found[-1, 0] <= float(end) and path.endswith(f",{HEIGHT}Z")
    return found[:, 0], HEIGHT - found[:, 1]


def test_a_curve_is_the_density_over_the_axis_in_common():
    shift = {"a": [value - 20 for value in quantiles(NORMAL)], "b": [value - 20 for value in quantiles(WIDE)]}
    drawn = small(shift)
    low, high = (float(end) for end in drawn.axis.split(" to "))
    for name, distribution in (("a", NORMAL), ("b", WIDE)):
        x, y = line(drawn.paths[name])
        expected = distribution.pdf(20 + low + (high - low) * x / WIDTH)
        assert y / y.max() == pytest.approx(expected / expected.max(), abs=0.12)


def test_positive_parameters_are_drawn_by_their_logarithms():
    drawn = small({1: quantiles(GAMMA), 2: quantiles(LATE)})
    assert drawn.axis.endswith(" (log)")
    (first, early), (last, late) = (line(drawn.paths[number]) for number in (1, 2))
    assert first[early.argmax()] + last[late.argmax()] == pytest.approx(WIDTH, abs=4)
    assert np.ptp(first) == pytest.approx(np.ptp(last), abs=1)  # the same shape at a hundredfold


def test_what_does_not_spread_is_a_needle_alone_and_beside_others():
    assert small({"a": [3.0] * len(SHARES)}).paths == {"a": f"M{WIDTH / 2},{HEIGHT}V1"}
    assert small({"a": [10.0] * len(SHARES), "b": quantiles(WIDE)}).paths["a"].endswith(f",{HEIGHT}V1")


def test_a_curve_of_0_and_a_jump_are_drawn():
    half = len(SHARES) // 2
    drawn = small({"zero": [0.0] * len(SHARES), "two": [0.0] * half + [1.0] * half})
    assert drawn.axis == "-0.04 to 1" and all("nan" not in path for path in drawn.paths.values())
