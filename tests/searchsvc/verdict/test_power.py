"""What could have been seen, against scipy's noncentral t and draws."""

import numpy as np
import pytest
from scipy import stats

from searchsvc.verdict import power


@pytest.mark.parametrize(("seeds", "freedom"), [(2, 2), (2, 20), (3, 40), (5, 80)])
def test_the_smallest_difference_is_found_in_four_of_five_searches(seeds, freedom):
    found = power.smallest(1.5, seeds, freedom)
    shift = found / (1.5 * (2 / seeds) ** 0.5)
    assert stats.nct.sf(stats.t.ppf(0.975, freedom), freedom, shift) == pytest.approx(0.8, abs=1e-6)


def test_and_so_it_is_when_it_is_tried():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, (40_000, 3)), rng.normal(power.smallest(1.0, 3, 4), 1, (40_000, 3))
    assert (stats.ttest_ind(a, b, axis=1).pvalue < 0.05).mean() == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize(("seeds", "freedom"), [(2, 2), (2, 20), (5, 80)])
def test_so_many_seeds_see_half_and_one_less_does_not(seeds, freedom):
    half = power.smallest(1.0, seeds, freedom) / 2
    found = power.enough(half, 1.0, seeds, freedom)
    assert found is not None
    at, before = (power.smallest(1.0, n, freedom * (n - 1) / (seeds - 1)) for n in (found, found - 1))
    assert at <= half < before


def test_what_no_search_can_pay_has_no_number():
    assert power.enough(1e-6, 1.0, 3, 20) is None
