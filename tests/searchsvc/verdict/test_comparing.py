"""Comparisons by a pooled variance, against a published example of Hsu's and scipy; and where there is no pool."""

import pytest
from scipy import stats

from searchsvc.verdict.comparing import Scores, pair, with_best, with_control
from searchsvc.verdict.multiple import critical
from searchsvc.verdict.pooling import pool
from searchsvc.verdict.spread import Spread

# Hardness of paint of four blends, six of each (Minitab, One-Way ANOVA with Hsu's comparisons): means, the error's mean
# square of 20 degrees of freedom, and its intervals for each mean minus the largest of the others, at 5 %.
PAINT = {"Blend 1": 14.733, "Blend 2": 8.567, "Blend 3": 12.983, "Blend 4": 18.067}
MEAN_SQUARE, HALF = 15.604, 5.0
INTERVALS = {"Blend 2": (-14.5, 0.0), "Blend 3": (-10.083, 0.0)}
MAY_BE_BEST = {"Blend 1", "Blend 4"}


def around(label, mean, variance, n):
    """Values with this mean and variance."""
    step = (variance * (n - 1) / n) ** 0.5
    return Scores(label, tuple(mean + step * (1 if i % 2 else -1) for i in range(n)))


def pooled(scores):
    return pool({s.label: Spread.of_scores(s.values) for s in scores})


PAINTS = [around(label, mean, MEAN_SQUARE, 6) for label, mean in PAINT.items()]


def test_multiple_comparisons_with_the_best_as_published():
    pool_ = pooled(PAINTS)
    half = critical(0.05, 6, [6] * 3, 20, sides=1) * pool_.deviation * (2 / 6) ** 0.5
    assert (pool_.freedom, half) == (20, pytest.approx(HALF, abs=1e-3))
    for label, (low, high) in INTERVALS.items():
        assert PAINT[label] - PAINT["Blend 4"] - half == pytest.approx(low, abs=2e-3) and high == 0
    p_values = dict(zip(PAINT, with_best(PAINTS, 1, pool_), strict=True))
    assert {label for label, p in p_values.items() if p >= 0.05} == MAY_BE_BEST
    upside_down = [Scores(s.label, tuple(-v for v in s.values)) for s in PAINTS]
    assert with_best(upside_down, -1, pooled(upside_down)) == pytest.approx(list(p_values.values()))


def test_leaders_of_many_are_held_against_as_many():
    pool_, leaders = pooled(PAINTS), [PAINTS[3], PAINTS[0]]
    assert with_best(leaders, 1, pool_, 4)[1] == pytest.approx(with_best(PAINTS, 1, pool_)[0])
    assert with_best(leaders, 1, pool_, 40)[1] > with_best(leaders, 1, pool_, 4)[1] > with_best(leaders, 1, pool_)[1]


def test_with_a_control_it_is_dunnetts():
    control, *others = PAINTS
    exact = stats.dunnett(*(o.values for o in others), control=control.values, rng=0)
    assert with_control(control, others, pooled(PAINTS)) == pytest.approx(list(exact.pvalue), abs=1e-3)


def test_a_pair_of_two_is_students_and_without_a_pool_welchs():
    a, b = Scores("a", (0.1, 0.2, 0.4)), Scores("b", (0.3, 0.5, 0.5))
    assert pair(a, b, pooled([a, b])) == pytest.approx(stats.ttest_ind(a.values, b.values).pvalue)
    assert pair(a, b, None) == pytest.approx(stats.ttest_ind(a.values, b.values, equal_var=False).pvalue)


def test_who_varies_more_is_compared_by_its_own_variance():
    wild = Scores("wild", (-40.0, 60.0, 10.0, 90.0, -70.0, 5.0))
    pool_ = pooled([*PAINTS, wild])
    assert pool_.left_out == ("wild",) and pool_.freedom == 20
    welch = stats.ttest_ind(wild.values, PAINTS[0].values, equal_var=False).pvalue
    assert pair(wild, PAINTS[0], pool_) == pytest.approx(welch)
    found = with_control(PAINTS[0], [*PAINTS[1:], wild], pool_)
    assert found[-1] == pytest.approx(min(1.0, 4 * welch))
    assert with_best([*PAINTS, wild], 1, pool_)[-1] > 0.05  # nobody knows


def test_single_scores_have_no_test():
    a, b = Scores("a", (0.1,)), Scores("b", (0.3,))
    assert pair(a, b, None) is None and with_best([a, b], 1, None) == [None, None]
    assert with_control(PAINTS[0], [a, PAINTS[1]], pooled(PAINTS))[0] is None
