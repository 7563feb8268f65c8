"""Strategies over named dimensions: the contract that any strategy keeps, on a space of every type of dimension."""

import pytest

from searchsvc import strategies
from searchsvc.strategy import Outcome
from tests.searchsvc.points import PointJob, searched

NAMES = ["random", "sobol", "wasserstein_bo"]


@pytest.fixture(params=NAMES)
def strategy(request):
    return strategies.catalog.load(request.param).Strategy


def objective(point):
    return -abs(point["gain"] - 1) - (point["kind"] == "ring")


@pytest.mark.parametrize("workers", [1, 3])
def test_it_is_a_pure_function(strategy, workers):
    first, second = (searched(strategy, PointJob(), objective, workers) for _ in range(2))
    assert first == second
    assert {suggestion.health for suggestion in first[0]} <= {"", "good"}


def test_one_that_was_asked_before_answers_as_a_new_one(strategy):
    suggestions, outcomes = searched(strategy, PointJob(), objective)
    kept = strategy(PointJob())
    assert [kept.suggest(n, outcomes[:n]) for n in reversed(range(len(suggestions)))] == suggestions[::-1]


def test_it_asks_for_as_many_trials_as_the_job_says(strategy):
    assert len(searched(strategy, PointJob(trials=13), objective)[0]) == 13


def test_another_seed_gives_other_points(strategy):
    first, second = (searched(strategy, PointJob(seed=seed), objective)[0] for seed in (1, 2))
    assert not {s.candidate for s in first} & {s.candidate for s in second}


@pytest.mark.parametrize("workers", [1, 3])
def test_a_point_is_evaluated_with_every_seed(strategy, workers):
    suggestions, _ = searched(strategy, PointJob(trials=18, seeds=3), objective, workers)
    candidates = [s.candidate for s in suggestions]
    assert all(len(set(candidates[i : i + 3])) == 1 for i in range(0, 18, 3))
    assert len(set(candidates)) == 6 == len({c.label for c in candidates})
    assert [s.seed for s in suggestions] == [0, 1, 2] * 6


def test_a_failed_trial_stops_nothing(strategy):
    suggestions, outcomes = searched(strategy, PointJob(), lambda point: None if point["gain"] > 2 else point["gain"])
    assert len(suggestions) == 20 and any(outcome.score is None for outcome in outcomes)


def test_what_another_search_found_may_come_first(strategy):
    _, elsewhere = searched(strategy, PointJob(seed=5), objective)
    warm = [Outcome(-1 - o.number, o.score, point=o.point) for o in elsewhere]
    assert strategy(PointJob()).suggest(0, warm) is not None
