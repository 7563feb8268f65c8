"""Strategies that propose points: the contract that any strategy keeps, on a space of every type of dimension."""

import sys
from dataclasses import replace

import pytest

from searchsvc import strategies
from searchsvc.strategies import PointStrategy
from searchsvc.strategy import Outcome
from searchsvc.testing.strategies import trials
from spaces.errors import UserError
from tests.searchsvc.strategies.points import PointJob, searched, space_of

MADE = {name: strategies.catalog.load(name).Strategy for name in strategies.catalog.names()}


@pytest.fixture(params=[name for name, made in MADE.items() if issubclass(made, PointStrategy)])
def strategy(request):
    """Made from a job whose strategy is this one."""
    params = strategies.catalog.params(request.param)

    def make(job):
        own = job.strategy if isinstance(job.strategy, params) else params()
        return MADE[request.param](replace(job, strategy=own))

    return make


def objective(point):
    return -abs(point["gain"] - 1) - (point["kind"] == "ring")


@pytest.mark.parametrize("workers", [1, 3])
def test_it_is_a_pure_function(strategy, workers):
    first, second = (searched(strategy, PointJob(), objective, workers) for _ in range(2))
    assert first == second
    assert {suggestion.health.partition(";")[0] for suggestion in first[0]} <= {"", "good"}


def test_one_that_was_asked_before_answers_as_a_new_one(strategy):
    suggestions, outcomes = searched(strategy, PointJob(), objective)
    kept = strategy(PointJob())
    assert [
        kept.suggest(trials(suggestions[:n]), outcomes[:n]) for n in reversed(range(len(suggestions)))
    ] == suggestions[::-1]


def test_it_asks_for_as_many_trials_as_the_job_says(strategy):
    assert len(searched(strategy, PointJob(trials=13), objective)[0]) == 13


FINITE = space_of({"depth": {"type": "int", "low": 1, "high": 3}, "kind": {"type": "categorical", "choices": [2, 4]}})


def shallow(point):
    return None if (point["depth"], point["kind"]) == (3, 4) else -point["depth"] * point["kind"]


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("seeds", [1, 2])
def test_a_finite_space_has_every_point_once(strategy, workers, seeds):
    suggestions, _ = searched(strategy, PointJob(FINITE, trials=20 * seeds, seeds=seeds), shallow, workers)
    points = [tuple(s.candidate.point.values()) for s in suggestions]
    assert sorted(points) == sorted(seeds * [(depth, kind) for depth in (1, 2, 3) for kind in (2, 4)])
    assert len({s.candidate.label for s in suggestions}) == 6


@pytest.mark.parametrize("workers", [1, 3])
def test_what_is_left_may_go_to_further_seeds_of_all(strategy, workers):
    job = PointJob(FINITE, trials=33, seeds=2, when_exhausted="seeds")
    suggestions, _ = searched(strategy, job, shallow, workers)
    assert [s.seed for s in suggestions] == [0, 1] * 6 + [2] * 6 + [3] * 6 + [4] * 6
    rounds = [[s.candidate for s in suggestions[start : start + 6]] for start in (12, 18, 24)]
    assert rounds[0] == rounds[1] == rounds[2] == [s.candidate for s in suggestions[:12:2]]


@pytest.mark.parametrize("workers", [1, 3])
def test_what_is_known_is_not_asked_for_however_it_is_written(strategy, workers):
    warm = tuple(Outcome(n - 2, 1.0, point={"kind": 4.0, "depth": depth}) for n, depth in enumerate((1, 2.0)))
    suggestions, _ = searched(strategy, PointJob(FINITE, warm=warm), shallow, workers)
    assert sorted(tuple(s.candidate.point.values()) for s in suggestions) == [(1, 2), (2, 2), (3, 2), (3, 4)]


def test_a_large_finite_space_is_not_listed(strategy, monkeypatch):
    wide = {name: {"type": "int", "low": 1, "high": 10**6} for name in ("a", "b", "c")}
    monkeypatch.setattr("searchsvc.strategies._points.every", None)
    job = PointJob(space_of({**wide, "kind": {"type": "categorical", "choices": [0, 1]}}), trials=9)
    found, _ = searched(strategy, job, lambda point: point["a"] / 1e6)
    assert len({s.candidate for s in found}) == 9


def test_a_range_of_a_few_numbers_ends_with_a_sentence():
    narrow = {"reach": {"type": "float", "low": 1.0, "high": 1.0 + 4 * sys.float_info.epsilon}}
    with pytest.raises(UserError, match="1000 draws gave no point that is new; widen its ranges"):
        searched(strategies.catalog.load("random").Strategy, PointJob(space_of(narrow)), lambda point: 0.0)


def test_the_same_search_begun_at_what_it_has_found_goes_on_to_other_points(strategy):
    """Of a continuum too: the same seed draws the same points."""
    first, told = searched(strategy, PointJob(), objective)
    warm = tuple(Outcome(n - len(told), o.score, point=o.point) for n, o in enumerate(told))
    second, _ = searched(strategy, PointJob(warm=warm), objective)
    assert not {s.candidate.body for s in first} & {s.candidate.body for s in second}
    assert len(second) == 20


def test_without_that_the_points_are_those_of_earlier_releases(strategy):
    """So that what these have stored can be made again."""
    suggestions, _ = searched(strategy, PointJob(FINITE, trials=33, when_exhausted="copies"), shallow)
    assert len(suggestions) == 33 and len({s.candidate.body for s in suggestions}) <= 6


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
    assert strategy(PointJob()).suggest([], warm) is not None


def test_one_that_does_not_say_how_its_points_come_about_is_none():
    class Silent(PointStrategy):
        def propose(self, index, outcomes, running):
            raise NotImplementedError

    with pytest.raises(TypeError, match="origin"):
        Silent(PointJob())
