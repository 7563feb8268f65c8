"""Differences of means against scipy's Welch interval, and of configurations by example."""

import random

import pytest
from scipy import stats

from searchsvc.metrics.estimate import Estimate
from searchsvc.store import fields
from searchsvc.verdict import differences


def estimated(values: list[float]) -> Estimate:
    described = stats.describe(values)
    return Estimate(len(values), float(described.mean), float(described.variance) ** 0.5, None)


@pytest.mark.parametrize("sizes", [(3, 3), (2, 9), (5, 40)])
def test_a_difference_is_welchs_and_never_too_narrow(sizes: tuple[int, int]) -> None:
    draw = random.Random(0)
    for scale in (0.1, 1.0, 10.0):
        a, b = [draw.gauss(0, 1) for _ in range(sizes[0])], [draw.gauss(1, scale) for _ in range(sizes[1])]
        value, ci95 = differences.difference(estimated(a), estimated(b))
        exact = stats.ttest_ind(b, a, equal_var=False)
        low, high = exact.confidence_interval(0.95)
        assert value == pytest.approx((low + high) / 2)
        rounded = stats.t.ppf(0.975, int(exact.df)) * (high - low) / 2 / stats.t.ppf(0.975, exact.df)
        assert ci95 == pytest.approx(rounded, rel=3e-3)
        assert ci95 >= (high - low) / 2 * (1 - 3e-3)


def test_a_single_trial_has_no_interval() -> None:
    assert differences.difference(Estimate(1, 0.5, None, None), Estimate(3, 0.75, 0.1, None)) == (0.25, None)


def test_constants_have_no_interval_unless_they_are_equal() -> None:
    half, nearly = Estimate(3, 0.5, 0.0, None), Estimate(3, 0.5 + 1e-16, 1e-17, None)
    assert differences.difference(half, Estimate(3, 0.75, 1e-17, None)) == (0.25, None)
    assert differences.difference(half, nearly) == differences.difference(half, half) == (0.0, 0.0)
    zero = Estimate(3, 0.0, 0.0, None)
    assert differences.difference(zero, zero) == (0.0, 0.0)


def test_fields_stand_side_by_side() -> None:
    one = {"network": {"name": "vgg", "channels": [4, 8]}, "neurons": [{"name": "lif", "tau": 2.0}]}
    other = {"network": {"name": "vgg", "channels": [4, 9]}, "neurons": [{"name": "lif", "tau": 2.0}, {"name": "slif"}]}
    table = fields.table([one, other])
    assert {path: values for path, values in table.items() if fields.differs(values)} == {
        "network.channels": [[4, 8], [4, 9]],
        "neurons.1.name": ["absent", "slif"],
    }
    assert table["neurons.0.tau"] == [2.0, 2.0]


def test_layers_stand_in_their_order() -> None:
    neurons = [{"name": f"n{i}"} for i in range(12)]
    assert list(fields.table([{"neurons": neurons}] * 2)) == [f"neurons.{i}.name" for i in range(12)]
