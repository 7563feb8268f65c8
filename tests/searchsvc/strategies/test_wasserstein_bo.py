"""Beyond the contract: the strategy learns across families, minds what runs or fails, and never crashes."""

import math
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
import torch
from botorch.acquisition.multi_objective import logei
from botorch.utils.multi_objective.hypervolume import Hypervolume
from botorch.utils.multi_objective.pareto import is_non_dominated

from searchsvc.metrics.objectives import Objective
from searchsvc.strategies.sobol import Strategy as Sobol
from searchsvc.strategies.wasserstein import acquisition, process
from searchsvc.strategies.wasserstein_bo import Strategy
from searchsvc.strategy import Asked, Outcome
from searchsvc.testing.strategies import trials
from spaces.distributions import params as d
from spaces.distributions.families import quantile
from spaces.space.dimensions import decode, encode, width
from tests.searchsvc.strategies.points import MIXED, TAU, PointJob, searched, space_of

U = (torch.arange(64) + 0.5) / 64
TARGET = quantile(d.LogNormal(mean=20, cv=0.5), U).log()


def objective(point):
    """Best where tau is near a log-normal of mean 20 and cv 0.5, in a grid, with gain 1 and depth 2."""
    distance = (quantile(point["tau"], U).log() - TARGET).square().mean().sqrt().item()
    others = {"gain": 1.0, "kind": "grid", "depth": 2} | point
    return (
        -distance
        - 0.3 * abs(math.log(others["gain"]))
        - 0.1 * (others["kind"] == "ring")
        - 0.1 * abs(others["depth"] - 2)
    )


@pytest.mark.long
def test_it_finds_better_points_than_an_even_spread():
    best = {
        strategy: np.median(
            [max(o.score for o in searched(strategy, PointJob(trials=25, seed=s), objective)[1]) for s in range(3)]
        )
        for strategy in (Strategy, Sobol)
    }
    assert best[Strategy] > best[Sobol] + 0.1


def test_it_minimises_what_should_be_small():
    job = PointJob(trials=25, objectives=(Objective(metric="energy"),))
    suggestions, outcomes = searched(Strategy, job, lambda point: -objective(point))
    scores = [o.score for o in outcomes]
    assert min(scores[6:]) < min(scores[:6]) - 0.2
    assert suggestions[-1].prediction.mean > 0 and suggestions[-1].prediction.sd > 0


@pytest.mark.long
def test_with_a_tradeoff_it_spreads_over_the_front():
    """Score against gain, whose own best is far from the score's: the hypervolume that the found points dominate."""

    def both(point):
        return objective(point), abs(math.log(point["gain"] / 0.2))

    def hypervolume(strategy, seed):
        job = PointJob(trials=25, seed=seed, objectives=(Objective(), Objective(metric="energy")))
        outcomes = searched(strategy, job, both, workers=2)[1]
        values = torch.tensor([(o.score, -o.tradeoffs[0]) for o in outcomes])
        return Hypervolume(torch.tensor([-1.0, -1.0])).compute(values[is_non_dominated(values)])

    assert hypervolume(Strategy, 0) > 2 * max(hypervolume(Sobol, seed) for seed in range(3))
    assert logei._C is None  # nothing was compiled for it


def test_a_tradeoff_that_does_not_vary_changes_nothing():
    def suggested(objective, **fields):
        return [s.candidate.point for s in searched(Strategy, PointJob(trials=9, **fields), objective)[0]]

    both = (Objective(), Objective(metric="parameters"))
    assert suggested(lambda point: (objective(point), 2100.0), objectives=both) == suggested(objective)


def test_a_score_that_does_not_vary_leaves_the_tradeoff():
    both = (Objective(), Objective(metric="parameters"))
    job = PointJob(trials=12, objectives=both)
    suggestions, outcomes = searched(Strategy, job, lambda point: (1.0, abs(math.log(point["gain"] / 0.2))))
    assert min(o.tradeoffs[0] for o in outcomes[6:]) < min(o.tradeoffs[0] for o in outcomes[:6])
    assert all(s.prediction is None for s in suggestions)


def test_what_was_learned_from_other_families_holds_for_a_new_one():
    """Sixty log-normals and gammas from elsewhere predict uniforms, which the surrogate has never seen."""
    elsewhere, here = (space_of({"tau": {**TAU, "families": f}}) for f in (["log_normal", "gamma"], ["uniform"]))
    generator = np.random.default_rng(0)
    points = [decode(elsewhere, generator.random(width(elsewhere)).tolist()) for _ in range(60)]
    warm = [Outcome(-1 - i, objective(point), point=point) for i, point in enumerate(points)]
    strategy = Strategy(PointJob(space=here))
    told = strategy._scored(warm)
    observed = strategy._observations(told)
    found = process.fit(observed, *strategy._kernel)
    new = [decode(here, generator.random(width(here)).tolist()) for _ in range(100)]
    mean, _ = process.Surrogate(observed, found, *strategy._kernel).posterior(strategy.embedding.embed(new))
    truth = np.array([objective(point) for point in new])
    error = found.offset + found.unit * mean.numpy() - truth
    assert 1 - error.var() / truth.var() > 0.9


def test_measured_samples_come_first_then_what_is_nearest_to_them():
    space = space_of({**MIXED, "tau": {**TAU, "prior_samples": [[10, 30], [20, 21, 22]]}})
    suggestions, _ = searched(Strategy, PointJob(space=space, trials=6), objective)
    values = [s.candidate.point["tau"] for s in suggestions]
    assert [s.candidate.origin for s in suggestions] == ["prior"] * 4 + ["sobol"] * 2
    assert values[:2] == [d.Empirical(samples=(10, 30)), d.Empirical(samples=(20, 21, 22))]
    assert (values[2].mean, values[2].cv) == (pytest.approx(20), pytest.approx(0.5))
    assert values[3].mean == pytest.approx(21)


def test_measured_samples_are_run_once_however_they_are_written():
    samples = [[10, 30], [30, 10.0], [30, 30, 10, 10], [20, 21, 22]]
    space = space_of({"tau": {**TAU, "prior_samples": samples}})
    known = (Outcome(-1, 0.0, point={"tau": d.Empirical(samples=(22, 21, 20))}),)
    suggestions, _ = searched(Strategy, PointJob(space=space, trials=6, warm=known), objective)
    priors = [s.candidate.point["tau"] for s in suggestions if s.candidate.origin == "prior"]
    assert [prior.family for prior in priors].count("empirical") == 1 and len(priors) == 3


@pytest.mark.parametrize("workers", [1, 2])
def test_of_a_small_finite_space_the_best_of_all_others_is_asked_for(monkeypatch, workers):
    """Not the best of all, which is mostly known, and then any other."""
    monkeypatch.setattr(acquisition, "optimise", None)
    space = space_of({"depth": {"type": "int", "low": 1, "high": 60}})
    for seed in range(3):
        job = PointJob(space=space, trials=16, seed=seed)
        suggestions, outcomes = searched(Strategy, job, lambda point: -abs(point["depth"] - 31), workers)
        assert all(s.health.startswith("good") for s in suggestions if s.candidate.origin == "model")
        assert len({s.candidate.point["depth"] for s in suggestions}) == 16
        assert max(outcome.score for outcome in outcomes) >= -1  # of 16 even points some would be 2 away


def test_what_is_known_from_the_start_counts_as_initial_points():
    _, elsewhere = searched(Sobol, PointJob(trials=4, seed=3), objective)
    warm = tuple(Outcome(o.number - 4, o.score, point=o.point) for o in elsewhere)
    job = PointJob(trials=5, warm=warm)
    suggestions, outcomes = [], [*warm]
    while suggestion := Strategy(job).suggest(trials(suggestions), outcomes):
        outcomes.append(
            Outcome(len(suggestions), objective(suggestion.candidate.point), point=suggestion.candidate.point)
        )
        suggestions.append(suggestion)
    assert [s.candidate.origin for s in suggestions] == ["sobol"] * 2 + ["model"] * 3


@pytest.fixture
def history():
    return searched(Strategy, PointJob(trials=12), objective)[1]


def ended(history):
    """The trials that these are the outcomes of."""
    return [Asked(outcome.number, "", 0, outcome.point) for outcome in history]


def test_a_point_that_runs_is_not_suggested_again(history):
    strategy, asked = Strategy(PointJob()), ended(history)
    for number in range(12, 16):
        asked.append(Asked.of(number, strategy.suggest(asked, history)))
    columns = strategy.embedding.embed([trial.point for trial in asked[12:]])
    assert torch.pdist(columns).min() > 0.01


def test_a_known_point_is_refused(history, monkeypatch):
    job = PointJob()
    known = torch.tensor(encode(job.space, history[3].point), dtype=torch.float64)
    monkeypatch.setattr(acquisition, "optimise", lambda *arguments: known)
    suggested = Strategy(job).suggest(ended(history), history)
    columns = Strategy(job).embedding.embed([suggested.candidate.point, history[3].point])
    assert torch.dist(*columns) > 0.01


def test_points_that_are_likely_to_fail_are_worth_less(history):
    strategy = Strategy(PointJob())
    failed = [Outcome(o.number, None if o.point["gain"] > 1 else o.score, point=o.point) for o in history]
    found = strategy._hyperparameters(history)
    mean, _ = strategy._failure(failed, found).posterior(strategy.embedding.embed([o.point for o in failed]))
    succeeded = np.array([o.score is not None for o in failed])
    assert mean.numpy()[~succeeded].max() < mean.numpy()[succeeded].min()
    assert strategy._failure(history, found) is None


def test_whatever_breaks_a_suggestion_comes(history, monkeypatch):
    def broken(*arguments):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(process, "fit", broken)
    suggestion = Strategy(PointJob()).suggest(ended(history), history)
    assert suggestion.health == "no surrogate: RuntimeError: out of memory" and suggestion.prediction is None
    assert suggestion.candidate.point == Sobol(PointJob()).suggest(ended(history), history).candidate.point


def test_without_two_scores_there_is_no_surrogate():
    failed = [
        Outcome(n, None, point=s.candidate.point)
        for n, s in enumerate(searched(Sobol, PointJob(trials=6), objective)[0])
    ]
    assert Strategy(PointJob()).suggest(ended(failed), failed).health.startswith("no surrogate yet")


@pytest.mark.parametrize("running", [0, 1], ids=["alone", "beside another"])
def test_another_process_with_other_threads_makes_the_same_suggestion(history, running):
    """So that an audit, on the same machine, finds what the runner's process was told."""
    asked = ended(history) + [Asked(12, "", 0, history[0].point)] * running
    here = Strategy(PointJob()).suggest(asked, history)
    with ProcessPoolExecutor(
        1, mp_context=get_context("spawn"), initializer=torch.set_num_threads, initargs=(2,)
    ) as pool:
        there = pool.submit(_suggest, asked, history).result()
    assert there == here


def _suggest(asked, history):
    return Strategy(PointJob()).suggest(asked, history)


@pytest.mark.parametrize(
    "space",
    [
        {"depth": {"type": "int", "low": 1, "high": 9}, "kind": MIXED["kind"]},
        {"depth": {"type": "int", "low": 1, "high": 500}, "gain": MIXED["gain"]},
        {"depth": {"type": "int", "low": 1, "high": 500, "log": True}, "gain": MIXED["gain"]},
        {"gain": MIXED["gain"]},
        {"tau": {**TAU, "families": ["dirac"]}},
    ],
    ids=["choices alone", "many whole numbers", "whole numbers by their ratios", "a number", "homogeneous"],
)
def test_spaces_of_every_make_have_a_surrogate(space):
    def score(point):
        return -abs(point.get("depth", 0) - 4) - abs(point.get("gain", 0) - 2)

    suggestions, _ = searched(Strategy, PointJob(space=space_of(space), trials=9), score)
    assert {s.health.partition(";")[0] for s in suggestions[6:]} == {"good"}  # of some scores by their order alone


def test_a_range_of_very_many_whole_numbers_is_searched_as_a_continuous_one():
    space = space_of({"n": {"type": "int", "low": 0, "high": 10**9}})
    suggestions, outcomes = searched(
        Strategy, PointJob(space=space, trials=12), lambda point: -abs(point["n"] / 10**9 - 0.3)
    )
    assert all(s.health.startswith("good") for s in suggestions[6:])
    assert max(o.score for o in outcomes[6:]) > -0.02
