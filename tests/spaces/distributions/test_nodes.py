import numpy as np
import pytest
from scipy import stats

from spaces.distributions.nodes import SCORES, SHARES, WEIGHTS, moments


def test_weights_are_those_of_gauss_and_hermite():
    nodes, weights = np.polynomial.hermite_e.hermegauss(len(SCORES))
    assert pytest.approx(nodes, rel=1e-8) == SCORES
    assert pytest.approx(weights / weights.sum(), rel=1e-6) == WEIGHTS


@pytest.mark.parametrize(
    ("drawn", "within"),
    [(stats.gamma(4, scale=5), 1e-3), (stats.lognorm(0.4, scale=8), 1e-3), (stats.uniform(2, 9), 1e-2)],
)
def test_moments_are_those_of_the_distribution(drawn, within):
    assert moments(drawn.ppf(SHARES)) == pytest.approx((drawn.mean(), drawn.std()), rel=within)
