"""Quantile functions against scipy, their derivatives against differences, draws against the distributions' moments."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from scipy import optimize, stats

from spaces.distributions import params as d
from spaces.distributions.families import QUANTILES, log_gamma_quantile, quantile, sample
from spaces.errors import UserError

U = torch.tensor([1e-6, 0.01, 0.2, 0.5, 0.77, 0.99, 1 - 1e-6], dtype=torch.float64)


def log_normal(mean, cv):
    sigma = np.sqrt(np.log1p(cv**2))
    return stats.lognorm(sigma, scale=mean * np.exp(-(sigma**2) / 2))


MIXTURE = d.LogNormalMixture(weights=(0.2, 0.3, 0.5), means=(3, 20, 50), cvs=(0.1, 1.0, 0.3))


def mixture_quantile(u):
    parts = [log_normal(mean, cv) for mean, cv in zip(MIXTURE.means, MIXTURE.cvs, strict=True)]

    def excess(log_x):
        return sum(w * part.cdf(np.exp(log_x)) for w, part in zip(MIXTURE.weights, parts, strict=True)) - u

    return np.exp(optimize.brentq(excess, -20, 20, xtol=1e-14))


CASES = [
    (d.Gamma(mean=20, cv=0.5), stats.gamma(4, scale=5).ppf),
    (d.Gamma(mean=3, cv=3), stats.gamma(1 / 9, scale=27).ppf),
    (d.Gamma(mean=20, cv=0.01), stats.gamma(1e4, scale=2e-3).ppf),
    (d.LogNormal(mean=20, cv=0.5), log_normal(20, 0.5).ppf),
    (d.Uniform(low=-2, high=6), stats.uniform(-2, 8).ppf),
    (MIXTURE, np.vectorize(mixture_quantile)),
    (d.Dirac(value=7), lambda u: np.full_like(u, 7)),
    (d.Empirical(samples=(3, 1, 2)), lambda u: np.quantile([1, 2, 3], u, method="inverted_cdf")),
]


@pytest.mark.parametrize(("distribution", "expected"), CASES, ids=lambda case: getattr(case, "family", ""))
def test_quantiles_are_scipys(distribution, expected):
    assert quantile(distribution, U).numpy() == pytest.approx(expected(U.numpy()), rel=1e-8)


def test_a_lorentzian_is_a_cauchy_distribution_between_its_bounds():
    cauchy = stats.cauchy(3, 0.7)
    inside = cauchy.cdf(9) - cauchy.cdf(-1)
    x = quantile(d.Lorentzian(centre=3, halfwidth=0.7, low=-1, high=9), U).numpy()
    assert (cauchy.cdf(x) - cauchy.cdf(-1)) / inside == pytest.approx(U.numpy(), rel=1e-9)


def test_gamma_quantiles_of_every_shape_and_far_tails_are_scipys():
    a = np.logspace(-1.2, 4, 40)[:, None]
    u = torch.special.ndtr(torch.linspace(-6.7, 6.7, 21, dtype=torch.float64))
    found = log_gamma_quantile(torch.tensor(a).log(), u).numpy()
    rare = stats.gamma(a).isf((1 - u).numpy())
    assert found == pytest.approx(np.log(np.where(u < 0.5, stats.gamma(a).ppf(u.numpy()), rare)), rel=1e-9, abs=1e-9)


PARAMETERS = {
    "gamma": {"mean": 20.0, "cv": 0.7},
    "log_normal": {"mean": 20.0, "cv": 0.7},
    "log_normal_mixture": {"weights": [0.3, 0.7], "means": [5.0, 40.0], "cvs": [0.4, 0.2]},
    "uniform": {"low": 1.0, "high": 4.0},
    "lorentzian": {"low": -1.0, "high": 9.0, "centre": 3.0, "halfwidth": 0.7},
    "dirac": {"value": 7.0},
    "empirical": {"samples": [3.0, 1.0, 2.0]},
}


@pytest.mark.parametrize("family", QUANTILES)
def test_quantiles_are_differentiable_in_every_parameter(family):
    values = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in PARAMETERS[family].values()]
    u = torch.tensor([0.02, 0.3, 0.9], dtype=torch.float64)
    names = list(PARAMETERS[family])
    assert torch.autograd.gradcheck(lambda *v: QUANTILES[family](u, **dict(zip(names, v, strict=True))), values)


@pytest.mark.parametrize("family", QUANTILES)
def test_every_family_has_its_parameters_and_its_quantiles(family):
    read = d.read({"family": family, **PARAMETERS[family]})
    assert type(read) is d.FAMILIES[family]
    assert d.read(read.model_dump(mode="json")) == read


@pytest.mark.parametrize("distribution", [d.Gamma(mean=20, cv=0.5), MIXTURE])
def test_draws_have_the_mean_and_spread_and_follow_from_the_generator_alone(distribution):
    draws = sample(distribution, (200, 500), torch.Generator().manual_seed(3))
    again = sample(distribution, (200, 500), torch.Generator().manual_seed(3))
    assert torch.equal(draws, again)
    weights, means, cvs = (
        ((1.0,), (20.0,), (0.5,)) if distribution is not MIXTURE else (MIXTURE.weights, MIXTURE.means, MIXTURE.cvs)
    )
    mean = np.dot(weights, means)
    second = sum(w * m**2 * (1 + cv**2) for w, m, cv in zip(weights, means, cvs, strict=True))
    assert draws.mean().item() == pytest.approx(mean, rel=0.01)
    assert draws.std().item() == pytest.approx(np.sqrt(second - mean**2), rel=0.02)


@pytest.mark.parametrize(
    ("distribution", "positive"),
    [
        (d.Gamma(mean=1, cv=1), True),
        (MIXTURE, True),
        (d.Uniform(low=0, high=1), False),
        (d.Lorentzian(centre=1, halfwidth=1, low=0.5, high=2), True),
        (d.Dirac(value=-1), False),
        (d.Empirical(samples=(1, 2)), True),
    ],
)
def test_which_distributions_have_logarithms(distribution, positive):
    assert distribution.positive is positive


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            {"family": "gamma", "mean": -1, "cv": 0.5},
            "distribution: gamma.mean: got -1; give more than 0",
        ),
        ({"family": "gama"}, "got 'gama'; allowed are 'gamma', 'log_normal'"),
        ({"family": "uniform", "low": 2, "high": 1}, "got low 2 and high 1; low must be below high"),
        ({"family": "lorentzian", "centre": 1, "halfwidth": 1}, "lorentzian.low: got nothing; this field is required"),
        (
            {"family": "log_normal_mixture", "weights": [0.5, 0.4], "means": [1, 2], "cvs": [1, 1]},
            "whose sum is 0.9; they must sum to 1",
        ),
        (
            {"family": "log_normal_mixture", "weights": [1], "means": [1, 2], "cvs": [1]},
            "got 1 weights, 2 means and 1 cvs; give one of each for every component",
        ),
    ],
)
def test_errors_say_what_was_got_and_what_is_allowed(value, message):
    with pytest.raises(UserError) as caught:
        d.read(value)
    assert message in str(caught.value)


def test_distributions_are_immutable_and_hashable():
    with pytest.raises(ValidationError):
        MIXTURE.weights = (1.0,)
    assert hash(d.Gamma(mean=1, cv=1)) == hash(d.Gamma(mean=1, cv=1))
