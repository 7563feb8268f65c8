"""The distribution of many differences from one, against Dunnett's tables, scipy's draws and published output."""

import numpy as np
import pytest
from scipy import stats

from searchsvc.verdict.multiple import critical, p_value

# Dunnett (1955), table 1a, and (1964), table 2a: 5 %, for 1 to 9 comparisons with a control of as many values.
ONE_SIDED = {
    5: [2.02, 2.44, 2.68, 2.85, 2.98, 3.08, 3.16, 3.24, 3.30],
    10: [1.81, 2.15, 2.34, 2.47, 2.56, 2.64, 2.70, 2.76, 2.81],
    20: [1.72, 2.03, 2.19, 2.30, 2.39, 2.46, 2.51, 2.56, 2.60],
}
TWO_SIDED = {
    5: [2.57, 3.03, 3.29, 3.48, 3.62, 3.73, 3.82, 3.90, 3.97],
    10: [2.23, 2.57, 2.76, 2.89, 2.99, 3.07, 3.14, 3.19, 3.24],
    20: [2.09, 2.38, 2.54, 2.65, 2.73, 2.80, 2.86, 2.90, 2.95],
}


@pytest.mark.parametrize(("sides", "table"), [(1, ONE_SIDED), (2, TWO_SIDED)])
def test_critical_values_are_those_of_the_tables(sides, table):
    for freedom, row in table.items():
        found = [critical(0.05, 4, [4] * count, freedom, sides=sides) for count in range(1, 10)]
        assert found == pytest.approx(row, abs=0.0051)


@pytest.mark.parametrize("freedom", [1, 2, 3, 7, 100, 5000])
def test_one_comparison_is_students(freedom):
    assert critical(0.05, 2, [3], freedom, sides=2) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-8)
    assert p_value(2.5, 5, [2], freedom, sides=1) == pytest.approx(stats.t.sf(2.5, freedom), rel=1e-6)


def test_dunnetts_example_of_unequal_groups():
    """Blood counts of Dunnett (1955), table 2: p-values by scipy, which draws."""
    control = np.array([7.40, 8.50, 7.20, 8.24, 9.84, 8.32])
    drugs = [9.76, 8.80, 7.68, 9.36], [12.80, 9.68, 12.16, 9.20, 10.55]
    exact = stats.dunnett(*drugs, control=control, rng=0)
    found = [p_value(t, 6, [4, 5], 12, sides=2) for t in exact.statistic]
    assert found == pytest.approx(list(exact.pvalue), abs=5e-4)
    assert found == pytest.approx([0.6201, 0.0058], abs=1e-4)  # as scipy's documentation says


def test_the_largest_of_many_is_as_often_large_as_draws_say():
    rng = np.random.default_rng(0)
    sizes, control, freedom = np.array([2, 3, 5, 8]), 3, 6
    draws = rng.standard_normal((400_000, 4)) / np.sqrt(sizes) - rng.standard_normal((400_000, 1)) / control**0.5
    draws /= np.sqrt(1 / sizes + 1 / control) * np.sqrt(rng.chisquare(freedom, (400_000, 1)) / freedom)
    for t in (1.0, 2.0, 3.0):
        assert p_value(t, control, list(sizes), freedom, sides=1) == pytest.approx((draws > t).any(1).mean(), abs=3e-3)
        assert p_value(t, control, list(sizes), freedom, sides=2) == pytest.approx(
            (np.abs(draws) > t).any(1).mean(), abs=3e-3
        )


def test_the_same_scores_give_the_same_bits():
    assert p_value(2.2, 3, [3, 2, 3], 11, sides=2) == p_value(2.2, 3, [2, 3, 3], 11, sides=2)
