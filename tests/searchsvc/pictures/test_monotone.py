"""Quantile functions between nodes against SciPy's monotone cubic and the families that they come from."""

import numpy as np
import pytest
from scipy import stats
from scipy.interpolate import PchipInterpolator

from searchsvc.pictures._monotone import refined
from spaces.distributions.nodes import SHARES

CENTRAL = [share for share in SHARES if 0.001 < share < 0.999]


@pytest.mark.parametrize("seed", range(5))
def test_within_the_ends_it_is_scipys_monotone_cubic(seed):
    steps = np.random.default_rng(seed).gamma(0.5, size=len(CENTRAL))
    steps[3] = 0.0  # a step of the distribution function
    nodes = np.cumsum(steps)
    shares, found = refined(CENTRAL, nodes.tolist(), 8)
    inner = slice(8, -8)
    expected = PchipInterpolator(stats.norm.ppf(CENTRAL), nodes)(stats.norm.ppf(shares))
    assert found[inner] == pytest.approx(expected[inner].tolist())
    assert found[::8] == pytest.approx(nodes.tolist()) and shares[::8] == pytest.approx(CENTRAL)
    assert np.all(np.diff(found) >= -1e-12) and np.all(np.diff(shares) > 0)


def test_normal_quantiles_are_exact_those_of_a_dirac_equal_and_lognormal_ones_near():
    normal, lognormal = stats.norm(3, 2), stats.lognorm(0.5, scale=20)
    shares, found = refined(CENTRAL, normal.ppf(CENTRAL).tolist(), 6)
    assert found == pytest.approx(normal.ppf(shares).tolist())
    shares, found = refined(CENTRAL, lognormal.ppf(CENTRAL).tolist(), 6)
    assert found == pytest.approx(lognormal.ppf(shares).tolist(), rel=0.03)
    assert set(refined(CENTRAL, [0.1] * len(CENTRAL), 6)[1]) == {0.1}
