"""Stored quantiles, against numpy's nodes and scipy's quantile functions."""

import numpy as np
import pytest
from scipy import stats

from searchsvc.strategies.wasserstein.quantiles import at_nodes
from spaces.distributions.nodes import SCORES, SHARES
from spaces.distributions.params import Gamma, LogNormal, Uniform


def test_the_nodes_are_those_of_gauss_hermite():
    np.testing.assert_allclose(SCORES, np.polynomial.hermite_e.hermegauss(16)[0], rtol=1e-14)
    np.testing.assert_allclose(SHARES, stats.norm.cdf(SCORES), rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Gamma(mean=20, cv=0.5), stats.gamma(4, scale=5)),
        (LogNormal(mean=20, cv=0.5), stats.lognorm(np.log(1.25) ** 0.5, scale=20 / 1.25**0.5)),
        (Uniform(low=2, high=5), stats.uniform(2, 3)),
    ],
    ids=["gamma", "log_normal", "uniform"],
)
def test_quantiles_are_those_of_the_distribution(value, expected):
    found = at_nodes({"tau": value, "reach": 3.0, "cell": "rate"})
    assert found.keys() == {"tau"}
    np.testing.assert_allclose(found["tau"], expected.ppf(SHARES), rtol=1e-6)
