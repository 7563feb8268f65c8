"""The fit against the full likelihood of all scores, posterior and expected improvement against BoTorch's."""

import numpy as np
import pytest
import torch
from botorch.acquisition.analytic import LogExpectedImprovement
from botorch.acquisition.logei import qLogNoisyExpectedImprovement
from botorch.sampling.normal import SobolQMCNormalSampler
from scipy import optimize, stats

from searchsvc.strategies.wasserstein import acquisition, process
from searchsvc.strategies.wasserstein.embedding import Embedding
from searchsvc.strategies.wasserstein.kernel import ORDERS, matern
from searchsvc.strategies.wasserstein.process import Hyperparameters, Objective, Observations, Surrogate
from spaces.space.dimensions import width
from tests.searchsvc.strategies.points import MIXED, space_of

SPACE = space_of(MIXED)
EMBEDDING = Embedding(SPACE)


def drawn(count, seed=0):
    """Embedded points, and between one and four scores of each."""
    x = EMBEDDING.transform(
        torch.rand(count, width(SPACE), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    )
    generator = np.random.default_rng(seed)
    truth = np.sin(3 * x.sum(1).numpy())
    return x, [t + 0.3 * generator.normal(size=generator.integers(1, 5)) for t in truth]


def observations(count, seed=0):
    x, scores = drawn(count, seed)
    deviation = sum(((s - s.mean()) ** 2).sum() for s in scores)
    return Observations(x, np.array([s.mean() for s in scores]), np.array([float(len(s)) for s in scores]), deviation)


@pytest.mark.parametrize("nu", ORDERS)
def test_the_objective_is_the_likelihood_of_all_scores_times_the_priors(nu):
    x, scores = drawn(15)
    objective = Objective(observations(15), EMBEDDING.columns, nu, 1e-4)
    every = torch.repeat_interleave(x, torch.tensor([len(s) for s in scores]), dim=0)
    y = np.concatenate(scores)

    def expected(theta):
        scaled = every / torch.tensor(np.exp(theta[:-3])).repeat_interleave(torch.tensor(EMBEDDING.columns))
        distance = torch.cdist(scaled, scaled, compute_mode="donot_use_mm_for_euclid_dist")
        covariance = np.exp(theta[-3]) * matern(distance, nu).numpy() + np.exp(theta[-2]) * np.eye(len(y))
        likelihood = stats.multivariate_normal(np.full(len(y), theta[-1]), covariance).logpdf(y)
        return -likelihood - stats.norm(objective.start, objective.spread).logpdf(theta).sum()

    thetas = [objective.start + 0.5 * np.random.default_rng(i).normal(size=len(objective.start)) for i in range(4)]
    found, truth = (np.array([f(theta) for theta in thetas]) for f in (lambda t: objective(t)[0], expected))
    assert found - found[0] == pytest.approx(truth - truth[0], rel=1e-8)


@pytest.mark.parametrize("nu", ORDERS)
def test_the_gradient_is_right(nu):
    objective = Objective(observations(20), EMBEDDING.columns, nu, 1e-4)
    theta = objective.start + 0.3 * np.random.default_rng(1).normal(size=len(objective.start))
    differences = optimize.approx_fprime(theta, lambda t: objective(t)[0], 1e-6)
    assert objective(theta)[1] == pytest.approx(differences, rel=1e-4, abs=1e-4)


@pytest.fixture(params=ORDERS)
def fitted(request):
    observed = observations(40)
    return observed, process.fit(observed, EMBEDDING.columns, request.param), request.param


def test_the_posterior_is_botorchs(fitted):
    observed, found, nu = fitted
    assert found.health == "good"
    x = torch.cat([drawn(10, seed=1)[0], observed.x[:3]])
    mean, sd = Surrogate(observed, found, EMBEDDING.columns, nu).posterior(x)
    expected = process.model(observed, found, EMBEDDING.columns, nu).posterior(x)
    assert torch.allclose(mean, expected.mean.squeeze(-1), atol=1e-8)
    assert torch.allclose(sd, expected.variance.squeeze(-1).sqrt(), atol=1e-6)


def test_expected_improvement_is_botorchs(fitted):
    observed, found, nu = fitted
    x, best = drawn(10, seed=1)[0][:, None], torch.tensor(0.7, dtype=torch.float64)
    ours = acquisition.LogExpectedImprovement(Surrogate(observed, found, EMBEDDING.columns, nu), best)(x)
    theirs = LogExpectedImprovement(process.model(observed, found, EMBEDDING.columns, nu), best)(x)
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_noisy_expected_improvement_is_the_mean_improvement_of_joint_samples_and_botorchs(fitted, monkeypatch):
    observed, found, nu = fitted
    monkeypatch.setattr(acquisition, "SAMPLES", 2**13)
    x, pending = drawn(10, seed=1)[0][:, None], drawn(3, seed=2)[0]
    known = torch.cat([observed.x, pending])
    fast, model = (make(observed, found, EMBEDDING.columns, nu) for make in (Surrogate, process.model))
    ours = acquisition.LogNoisyExpectedImprovement(fast, known, seed=0)(x)
    sampler = SobolQMCNormalSampler(torch.Size([2**15]), seed=0)
    joint = torch.stack([sampler(model.posterior(torch.cat([one, known]))).squeeze(-1) for one in x])
    improvement = (joint[..., 0] - joint[..., 1:].amax(-1)).clamp_min(0).mean(1).log()
    assert torch.allclose(ours, improvement, atol=0.1)
    theirs = qLogNoisyExpectedImprovement(
        model, observed.x, X_pending=pending, sampler=sampler, prune_baseline=False, tau_max=1e-4, tau_relu=1e-8
    )
    assert torch.allclose(ours, theirs(x), atol=0.1)


def test_the_fit_finds_what_the_scores_were_drawn_from():
    """A function of one dimension alone: the others' lengthscales grow, and the noise is that of the scores."""
    x = EMBEDDING.transform(
        torch.rand(120, width(SPACE), generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    )
    gain = sum(EMBEDDING.columns[:1])
    noise = 0.1 * np.random.default_rng(5).normal(size=(120, 2))
    scores = np.sin(4 * x[:, gain].numpy())[:, None] + noise
    deviation = ((scores - scores.mean(1, keepdims=True)) ** 2).sum()
    found = process.fit(Observations(x, scores.mean(1), np.full(120, 2.0), float(deviation)), EMBEDDING.columns, "5/2")
    assert found.lengthscale[1] * 3 < min(np.delete(found.lengthscale, 1))
    assert np.sqrt(found.noise) * found.unit == pytest.approx(0.1, rel=0.15)


def test_many_points_are_fitted_by_a_subset_that_does_not_change():
    observed = observations(process.SUBSET + 50)
    first, second = (process.fit(observed, EMBEDDING.columns, "5/2") for _ in range(2))
    assert first.health == "good" and np.array_equal(first.lengthscale, second.lengthscale)


@pytest.mark.parametrize("failures", [1, 2])
def test_a_fit_that_fails_goes_on_with_more_noise_and_then_with_the_priors(monkeypatch, failures):
    calls = []
    minimize = optimize.minimize

    def failing(*arguments, **options):
        calls.append(arguments)
        found = minimize(*arguments, **options)
        return optimize.OptimizeResult(x=found.x, fun=np.nan) if len(calls) <= failures else found

    monkeypatch.setattr(process.optimize, "minimize", failing)
    found = process.fit(observations(20), EMBEDDING.columns, "5/2")
    assert found.health == ["the noise floor was raised", "the priors' hyperparameters"][failures - 1]
    assert found.noise >= process.RAISED_FLOOR
    mean, sd = Surrogate(observations(20), found, EMBEDDING.columns, "5/2").posterior(drawn(5, seed=2)[0])
    assert mean.isfinite().all() and sd.isfinite().all()


def test_scores_that_are_all_equal_are_no_trouble():
    observed = observations(10)._replace(y=np.ones(10), deviation=0.0)
    found = process.fit(observed, EMBEDDING.columns, "5/2")
    assert isinstance(found, Hyperparameters) and (found.health, found.unit) == ("good", 1.0)
