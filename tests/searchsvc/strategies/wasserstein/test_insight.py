"""Importance against variances known by hand, directions against families of shifted distributions and GPyTorch."""

import json
import math
from statistics import NormalDist

import numpy as np
import pytest
import torch

from searchsvc import kinds
from searchsvc.strategies.wasserstein import insight as module
from searchsvc.strategies.wasserstein import process
from searchsvc.strategies.wasserstein.insight import insight
from searchsvc.strategies.wasserstein_bo import Strategy
from searchsvc.strategy import Outcome
from spaces.distributions import params as d
from spaces.distributions.nodes import SHARES
from spaces.space.dimensions import decode, point_to_json, width
from tests.searchsvc.strategies.points import PointJob
from tests.specs import TINY_HETEROGENEITY

TAU = {"type": "distribution", "mean": [2, 20]}
REACH = {"type": "float", "low": 1, "high": 5}
SHARE = {"type": "float", "low": 0, "high": 1}


def job_of(space, **changes):
    return kinds.read({**TINY_HETEROGENEITY, "space": space, **changes})


def drawn(job, count):
    generator = np.random.default_rng(0)
    return [decode(job.space, generator.random(width(job.space)).tolist()) for _ in range(count)]


def scored(points, objective):
    return [Outcome(i, objective(p), point=p, label=f"point {i + 1}") for i, p in enumerate(points)]


def log_mean(point):
    return math.log(getattr(point["tau_excitatory"], "mean", 1.0))


@pytest.mark.parametrize("strategy", ["random", "sobol", "wasserstein_bo"])
def test_importance_is_twice_the_share_of_variance_of_an_additive_function(strategy):
    """A permuted dimension's part differs from the right one by twice its variance, on average."""
    job = job_of({"reach": REACH, "input_share": SHARE, "tau_excitatory": TAU}, strategy=strategy)
    points = drawn(job, 60)
    parts = {"reach": np.array([p["reach"] for p in points]), "input_share": [2 * p["input_share"] for p in points]}
    found = insight(job, scored(points, lambda p: p["reach"] + 2 * p["input_share"]))
    variance = np.add(*parts.values()).var()
    assert [one["name"] for one in found["importance"]] == ["reach", "input_share", "tau_excitatory"]
    for one in found["importance"]:
        assert one["mean"] == pytest.approx(2 * np.var(parts.get(one["name"], 0.0)) / variance, abs=0.15)
        assert 0 <= one["sd"] < 0.4
    assert abs(found["importance"][-1]["mean"]) < 0.02 < found["importance"][-2]["mean"]


def test_a_distribution_that_matters_is_found_and_the_same_seed_says_the_same():
    job = job_of({"reach": REACH, "tau_excitatory": {**TAU, "families": ["gamma", "log_normal"]}})
    outcomes = scored(drawn(job, 40), lambda p: log_mean(p) + 0.01 * p["reach"])
    found = insight(job, outcomes)
    assert found["importance"][0]["name"] == "tau_excitatory" and found["importance"][0]["mean"] > 1.5
    assert insight(job, outcomes) == found and len(json.dumps(found)) < 10_000


@pytest.mark.parametrize("values", [lambda m: d.Dirac(value=m), lambda m: d.LogNormal(mean=m, cv=0.5)])
def test_the_direction_of_a_location_family_is_its_mean(values):
    """Of logarithms, since time constants are positive: a position is how far the logarithm of the mean has moved."""
    job, means = job_of({"tau_excitatory": TAU}), np.array([3.0, 4.0, 6.0, 9.0, 15.0, 17.0])
    score = iter([1.0, 3.0, 2.0, 5.0, 4.0, 0.0])
    outcomes = scored([{"tau_excitatory": values(m)} for m in means], lambda p: next(score))
    found = insight(job, outcomes)["directions"]["tau_excitatory"]
    expected = np.log(means) - np.log(means).mean()
    assert [c["position"] for c in found["candidates"] if c["label"] == "point 6"] == pytest.approx(
        [expected[-1]], rel=1e-4
    )
    assert sorted(c["position"] for c in found["candidates"]) == pytest.approx(list(expected), rel=1e-4)
    assert [found["position"][0], found["position"][-1]] == pytest.approx([expected[0], expected[-1]], rel=1e-4)
    assert found["explained"] == pytest.approx(1)
    sigma = math.sqrt(math.log(1.25)) if isinstance(values(1.0), d.LogNormal) else 0.0
    z = np.array([NormalDist().inv_cdf(share) for share in SHARES])
    first = np.exp(np.log(means[0]) - sigma**2 / 2 + sigma * z)
    assert found["quantiles"][0] == pytest.approx(list(first), rel=1e-4)


@pytest.mark.parametrize("metric", ["memory_capacity/validation", "parameters"])
def test_along_a_direction_is_gpytorchs_posterior(metric):
    """Of the same surrogate, at the stored quantiles, everything else as in the best candidate."""
    job = job_of({"reach": REACH, "tau_excitatory": TAU}, objective={"metric": metric}, strategy="wasserstein_bo")
    outcomes = scored(drawn(job, 25), lambda p: 3 + log_mean(p) - 0.3 * p["reach"])
    found = insight(job, outcomes)["directions"]["tau_excitatory"]
    strategy = Strategy(PointJob(space=job.space, objectives=(job.objective,)))
    observed = strategy._observations(strategy._scored(outcomes))
    hyperparameters = process.fit(observed, *strategy._kernel)
    encoder = strategy.embedding.encoders["tau_excitatory"]
    best = strategy.embedding.embed([max(outcomes, key=lambda o: job.objective.sign * o.score).point])
    tau = torch.tensor(found["quantiles"], dtype=torch.float64).log() * encoder.root_weights / encoder.scale
    x = torch.cat([best[:, :1].expand(len(tau), -1), tau], dim=1)
    posterior = process.model(observed, hyperparameters, *strategy._kernel).posterior(x)
    unit, sign = hyperparameters.unit, job.objective.sign
    mean = sign * (hyperparameters.offset + unit * posterior.mean[:, 0].numpy())
    assert found["mean"] == pytest.approx(mean, rel=1e-4)
    assert found["sd"] == pytest.approx(unit * posterior.variance[:, 0].sqrt().numpy(), rel=1e-3)
    assert {c["label"]: c["score"] for c in found["candidates"]}["point 4"] == pytest.approx(
        outcomes[3].score, rel=1e-5
    )


MIXTURES = ["gamma", "log_normal", "uniform", "dirac", "log_normal_mixture"]


@pytest.mark.parametrize(
    "space",
    [
        {"tau_excitatory": TAU, "tau_inhibitory": {**TAU, "families": MIXTURES}},
        {"tau_excitatory": {**TAU, "prior_samples": [[3, 3.5, 18, 19, 20]]}},
        {
            "input_gain": {
                "type": "distribution",
                "families": ["uniform", "lorentzian"],
                "mean": [-2, 3],
                "positive": False,
                "support": [-9, 9],
            }
        },
    ],
    ids=["mixtures", "measured", "signed"],
)
def test_every_distribution_along_a_direction_is_one(space):
    job = job_of(space)
    found = insight(job, [Outcome(i, float(i % 7), point=p) for i, p in enumerate(drawn(job, 30))])
    assert found["directions"].keys() == space.keys()
    for name, direction in found["directions"].items():
        quantiles = np.array(direction["quantiles"])
        assert quantiles.shape == (module.POSITIONS, len(SHARES)) and np.isfinite(quantiles).all()
        assert (np.diff(quantiles) >= 0).all() and (quantiles.min() > 0 or name == "input_gain")
        assert (np.diff(direction["position"]) > 0).all() and 0 < direction["explained"] <= 1
        assert quantiles[-1].mean() > quantiles[0].mean()
        assert min(direction["sd"]) > 0 and len(direction["mean"]) == len(direction["sd"]) == module.POSITIONS


def test_what_is_known_from_the_start_counts():
    plain = job_of({"reach": REACH, "tau_excitatory": TAU})
    points = drawn(plain, 12)
    known = [{"point": point_to_json(p), "scores": [p["reach"], p["reach"] + 0.01]} for p in points[:8]]
    warm = job_of({"reach": REACH, "tau_excitatory": TAU}, observations=known)
    assert insight(plain, []) is None
    found = insight(warm, [])
    assert found["outcomes"] == 16 and found["importance"][0]["name"] == "reach"
    later = insight(warm, scored(points[6:], lambda p: p["reach"]))
    assert later["outcomes"] == 22
    labels = [c["label"] for c in later["directions"]["tau_excitatory"]["candidates"]]
    assert sorted(labels) == ["known"] * 6 + [f"point {i}" for i in range(1, 7)]


def test_without_enough_points_or_differences_there_is_none():
    job = job_of({"reach": REACH, "tau_excitatory": TAU})
    points = drawn(job, 5)
    assert insight(job, scored(points, lambda p: p["reach"])) is not None
    assert insight(job, scored(points[:4] * 3, lambda p: p["reach"])) is None
    assert insight(job, scored(points, lambda p: 1.0)) is None
    failed = [Outcome(i, None, point=p) for i, p in enumerate(points)]
    assert insight(job, failed) is None


def test_points_that_the_space_has_no_place_for_and_dimensions_that_do_not_vary_are_left_out():
    space = {"reach": REACH, "tau_excitatory": TAU, "cell": {"type": "categorical", "choices": ["rate", "lif"]}}
    job = job_of(space)
    same = {"tau_excitatory": d.Dirac(value=5)}
    points = [p | same for p in drawn(job, 6)] + [drawn(job, 1)[0] | {"cell": "other"}]
    found = insight(job, scored(points, lambda p: p["reach"]))
    assert found["outcomes"] == 6 and found["directions"] == {}
    assert {one["name"] for one in found["importance"]} == space.keys()


def test_of_many_candidates_some_are_shown_and_always_the_best(monkeypatch):
    monkeypatch.setattr(module, "SHOWN", 10)
    job = job_of({"reach": REACH, "tau_excitatory": TAU})
    outcomes = scored(drawn(job, 50), lambda p: p["reach"])
    shown = insight(job, outcomes)["directions"]["tau_excitatory"]["candidates"]
    assert len(shown) == 10
    assert max(c["score"] for c in shown) == pytest.approx(max(o.score for o in outcomes), rel=1e-5)


def test_of_very_many_candidates_it_knows_some_and_always_the_best(monkeypatch):
    monkeypatch.setattr(module, "POINTS", 20)
    job = job_of({"reach": REACH, "tau_excitatory": TAU})
    points = drawn(job, 60)
    outcomes = scored(points, lambda p: p["reach"])
    found = insight(job, outcomes)
    assert found["outcomes"] == 20
    shown = found["directions"]["tau_excitatory"]["candidates"]
    best = max(outcomes, key=lambda outcome: outcome.score)
    assert len(shown) == 20 and best.label in {one["label"] for one in shown}
    assert found == insight(job, outcomes)
