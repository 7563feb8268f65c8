"""Welch's test against scipy and integration of Student's density; Holm's correction over all subsets."""

import itertools
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from searchsvc.verdict.welch import holm, welch

accuracies = st.lists(st.integers(0, 360).map(lambda hits: hits / 360), min_size=2, max_size=6).map(tuple)
p_values = st.lists(st.none() | st.floats(0, 1), max_size=6)


@given(accuracies, accuracies)
def test_welch_equals_scipy(a, b):
    assume(len(set(a)) > 1 and len(set(b)) > 1)
    assert welch(a, b) == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue, rel=1e-9, abs=1e-300)


def test_welch_by_hand():
    # a = 1, 2, 3: mean 2, variance 1; b = 2, 4, 6: mean 4, variance 4. Squared error 1/3 + 4/3 = 5/3,
    # t = -2 / sqrt(5/3) = -1.549193, degrees of freedom (5/3)^2 / ((1/3)^2/2 + (4/3)^2/2) = 50/17.
    t, nu = 2 / math.sqrt(5 / 3), 50 / 17
    scale = math.gamma((nu + 1) / 2) / (math.sqrt(nu * math.pi) * math.gamma(nu / 2))
    tail, _ = quad(lambda x: scale * (1 + x * x / nu) ** (-(nu + 1) / 2), t, math.inf)
    assert welch((1, 2, 3), (2, 4, 6)) == pytest.approx(2 * tail, rel=1e-6)


def test_welch_takes_one_side_of_equal_scores():
    # Its error is the other side's alone: t = 0.05 / (0.05 / sqrt 3) = sqrt 3, two degrees of freedom.
    assert welch((0.9, 0.9, 0.9), (0.8, 0.85, 0.9)) == pytest.approx(2 * stats.t.sf(math.sqrt(3), 2))


@given(accuracies, accuracies)
def test_welch_is_a_symmetric_probability(a, b):
    assume(len(set(a)) > 1 or len(set(b)) > 1)
    assert 0 <= welch(a, b) <= 1
    assert welch(a, b) == pytest.approx(welch(b, a), rel=1e-9, abs=1e-300)


def test_welch_of_constants_and_single_scores():
    assert welch((0.5, 0.5), (0.5, 0.5, 0.5)) == 1
    assert welch((0.5, 0.5), (0.6, 0.6)) is None
    assert welch((0.1 + 0.2, 0.3), (0.3, 0.1 + 0.2)) == 1  # equal but for the last digit
    assert welch((0.1 + 0.2, 0.3), (0.6, 0.6)) is None
    assert welch((0.0, 0.0), (0.0, 0.0)) == 1 and welch((0.0, 0.0), (1e-300, 1e-300)) is None
    assert welch((0.5,), (0.6, 0.7)) is None
    assert welch((0.5, 0.4), (0.6,)) is None


@pytest.mark.parametrize("scale", [1e40, 1.0, 1e-100, 1e-300])
def test_welch_takes_scores_of_very_different_size(scale):
    # Beside constants the error is the other side's: it has one degree of freedom, where t's tail is 1 / (pi t).
    found = welch((0.1 * scale, 0.2 * scale), (1e100, 1e100))
    assert found == pytest.approx(2 / math.pi * 0.05 * scale / 1e100, rel=1e-9, abs=1e-150)


@given(accuracies, accuracies, st.sampled_from([1e-200, 1e-9, 1e200, 1e300]))
def test_the_unit_of_the_scores_does_not_matter(a, b, unit):
    expected = welch(a, b)
    found = welch(tuple(unit * score for score in a), tuple(unit * score for score in b))
    assert found == (None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-300))


@given(p_values)
def test_holm_equals_closed_testing_over_all_subsets(values):
    """An adjusted p-value is the largest Bonferroni p-value of any set of hypotheses that holds this one."""
    present = [i for i, p in enumerate(values) if p is not None]
    adjusted = holm(values)
    for i in range(len(values)):
        if i not in present:
            assert adjusted[i] is None
            continue
        sets = [s for n in range(1, len(present) + 1) for s in itertools.combinations(present, n) if i in s]
        assert adjusted[i] == pytest.approx(max(min(1.0, len(s) * min(values[j] for j in s)) for s in sets))
