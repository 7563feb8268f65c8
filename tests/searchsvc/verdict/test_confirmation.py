"""Leaders on fresh seeds: who they are, and what that is good for."""

import numpy as np
import pytest

from searchsvc import kinds
from searchsvc.strategy import Sample
from searchsvc.verdict import confirmation
from tests.specs import TINY_SWEEP


def job(**changes):
    return kinds.read({**TINY_SWEEP, "confirm": 2, **changes})


def sample(label, *scores, **means):
    return Sample(label, "sweep", scores, means=means, seeds=2)


def test_the_best_complete_candidates_run_again_on_seeds_that_nobody_has_had():
    samples = [sample("a", 0.1, 0.2), sample("lucky once", 0.99), sample("b", 0.5, 0.6), sample("c", 0.4, 0.5)]
    found = confirmation.repeats(job(seed=3), samples)
    assert [label for label, _ in found] == ["b", "c", "b", "c"]
    seeds = [seed for _, seed in found]
    assert seeds == [3002, 3002, 3003, 3003]
    assert not set(seeds) & {job(seed=s).trial_seed(repeat) for s in range(6) for repeat in range(2)}


def test_candidates_that_violate_a_constraint_are_no_leaders_and_the_objective_has_its_direction():
    constraints = [{"metric": "accuracy/validation", "at_least": 0.5}]
    spec = job(objective={"metric": "energy"}, constraints=constraints, confirm=1)
    samples = [
        sample("cheap and poor", 1e-9, 1e-9, **{"accuracy/validation": 0.4}),
        sample("dear", 3e-9, 3e-9, **{"accuracy/validation": 0.6}),
        sample("cheap", 2e-9, 2e-9, **{"accuracy/validation": 0.6}),
    ]
    assert [label for label, _ in confirmation.repeats(spec, samples)] == ["cheap", "cheap"]


def test_it_can_be_switched_off():
    assert confirmation.repeats(job(confirm=0), [sample("a", 0.1, 0.2)]) == []


@pytest.mark.parametrize(("confirm", "trials"), [(0, 0), (1, 4), (2, 6), (3, 6), (100, 6)])
def test_a_search_says_how_many_trials_that_may_take(confirm, trials):
    assert job(confirm=confirm).confirming_trials == trials  # three candidates with two seeds, one the baseline


def test_seeds_leave_room_for_fresh_ones():
    assert kinds.read({**TINY_SWEEP, "seeds": 500, "budget": {"trials": 1500}}).trial_seed(999) == 999
    with pytest.raises(Exception, match="500"):
        kinds.read({**TINY_SWEEP, "seeds": 501, "budget": {"trials": 1600}})


def test_fresh_seeds_answer_the_winners_curse():
    """Of 50 equal candidates with noisy scores the best seems good; over fresh seeds it is what they all are."""
    rng = np.random.default_rng(0)
    selected, confirmed = [], []
    for _ in range(300):
        scores, fresh = rng.normal(0.0, 1.0, (50, 3)), rng.normal(0.0, 1.0, (50, 3))
        samples = [sample(str(i), *map(float, row)) for i, row in enumerate(scores)]
        leader = int(confirmation.repeats(job(seeds=3, confirm=1, budget={"trials": 9}), samples)[0][0])
        selected.append(scores[leader].mean())
        confirmed.append(fresh[leader].mean())
    expected = np.sort(rng.normal(0.0, 3**-0.5, (20_000, 50)).max(axis=1)).mean()  # of the largest of 50 means
    assert np.mean(selected) == pytest.approx(expected, abs=0.05) and expected > 1.2
    assert abs(np.mean(confirmed)) < 4 * 3**-0.5 / 300**0.5
