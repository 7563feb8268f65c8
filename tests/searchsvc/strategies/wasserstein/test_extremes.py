"""Extreme scores keep their order and hide nothing: neither from the fit nor from what a strategy suggests."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.metrics.objectives import Objective
from searchsvc.strategies.sobol import Strategy as Sobol
from searchsvc.strategies.wasserstein.extremes import tame
from searchsvc.strategies.wasserstein.insight import insight
from searchsvc.strategies.wasserstein_bo import Strategy
from searchsvc.strategy import Outcome
from tests.searchsvc.strategies.points import PointJob, searched, space_of

LINE = space_of({"x": {"type": "float", "low": 0, "high": 1}})
EXTREMES = [(-1e30,), (1e30,), (-1e308,), (1e308,), (-1e4,), (-1e30, -1e300), (-1e30, 1e30), (-1.7e308, -1.7e308)]

usual = st.lists(st.floats(0.5, 1.5), min_size=4, max_size=30)
extreme = st.floats(allow_nan=False, allow_infinity=False)


def objective(point):
    return 10 - (point["x"] - 0.3) ** 2


@given(usual, st.lists(extreme, max_size=4))
def test_order_and_ties_stay_and_squares_are_finite(scores, others):
    given_ = np.array(scores + others)
    found = tame(given_).scores
    order = np.argsort(given_.clip(-1e100, 1e100), kind="stable")
    assert (np.diff(found[order]) >= 0).all()
    for i, j in pairwise(order):
        assert (found[i] == found[j]) == (given_[i] == given_[j]) or abs(given_[[i, j]]).max() >= 1e100
    assert np.isfinite((found**2).sum())


@given(usual)
def test_what_is_near_stays_as_it_is(scores):
    found = tame(np.array(scores))
    assert found.scores.tolist() == scores and found.changed == 0


@given(usual, st.lists(st.floats(1e3, 1.7e308), max_size=4), st.lists(st.floats(1e3, 1.7e308), max_size=4))
def test_up_to_half_may_be_extremely_bad_and_a_quarter_extremely_good(scores, bad, good):
    bad, good = bad[: len(scores) // 2], good[: len(scores) // 4]
    found = tame(np.array(scores + [-value for value in bad] + good))
    assert found.changed == len(bad) + len(good)
    assert found.scores[: len(scores)].tolist() == scores
    assert np.abs(found.scores).max() < 100


@pytest.mark.parametrize(
    "scores", [[0.0], [0.0, 0.0], [1.0], [0.0, 0.0, -1e30], [-1e30, 1e30], [1e308] * 3, [5e-324, 0.0]]
)
def test_any_few_scores_are_tamed(scores):
    found = tame(np.array(scores)).scores
    assert np.isfinite(found**2).all() and (np.argsort(found) == np.argsort(scores)).all()


@pytest.mark.parametrize("scores", EXTREMES)
def test_an_extreme_score_spoils_no_prediction_and_health_says_so(scores):
    warm = [Outcome(i - 20, objective({"x": x}), point={"x": x}) for i, x in enumerate(np.linspace(0, 1, 9).tolist())]
    warm += [Outcome(i - len(scores), score, point={"x": 0.9 + i / 100}) for i, score in enumerate(scores)]
    proposal = Strategy(PointJob(space=LINE, warm=tuple(warm))).suggest([], warm)
    assert proposal.health == f"good; {len(scores)} of {9 + len(scores)} scores " + (
        "are extreme and count by their order alone"
    )
    assert abs(proposal.prediction.mean) < 1e3 and 0 < proposal.prediction.sd < 1e3
    if max(scores) < 0:
        assert abs(proposal.candidate.point["x"] - 0.3) < 0.2


def test_a_search_in_which_trials_score_extremely_still_finds_the_best():
    def sometimes(point):
        return -1e30 if point["x"] > 0.8 else objective(point)

    job = PointJob(space=LINE, trials=16)
    suggestions, outcomes = searched(Strategy, job, sometimes)
    assert min(o.score for o in outcomes) == -1e30
    assert max(o.score for o in outcomes[6:]) > 10 - 1e-3
    assert all("count by their order alone" in s.health for s in suggestions[6:])


def test_a_tradeoff_that_is_extreme_is_said_too():
    both = (Objective(), Objective(metric="energy"))
    job = PointJob(space=LINE, trials=8, objectives=both)
    suggestions, _ = searched(Strategy, job, lambda point: (objective(point), 1e30 if point["x"] > 0.8 else point["x"]))
    assert suggestions[-1].health.startswith("good; ") and "extreme" in suggestions[-1].health


def test_what_is_learned_of_a_space_is_learned_in_spite_of_them():
    class Job(PointJob):
        @property
        def objective(self):
            return self.objectives[0]

        def covers(self, point):
            return True

    space = space_of({"x": {"type": "float", "low": 0, "high": 1}, "idle": {"type": "float", "low": 0, "high": 1}})
    _, outcomes = searched(Sobol, PointJob(space=space, trials=40), lambda point: 10 * point["x"])
    spoilt = [*outcomes[:-1], Outcome(39, -1.7e308, point=outcomes[-1].point)]
    importance = {one["name"]: one["mean"] for one in insight(Job(space=space), spoilt)["importance"]}
    assert importance["x"] > 0.5 and importance["idle"] < 0.1
