"""Searches over distributions: what is refused, with which words, and what a candidate, a sweep and a start are."""

import pytest

from searchsvc import kinds, local
from spaces.distributions.params import Dirac, Gamma
from spaces.errors import UserError
from tests.specs import TINY_HETEROGENEITY as TINY

TAU = {"type": "distribution", "mean": [2, 20]}
REACH = {"type": "float", "low": 1, "high": 5}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"space": {"tau": TAU}},
            "space: got 'tau', which network reservoir has not; allowed are cell, units, tau_exc",
        ),
        (
            {"space": {"reach": {**REACH, "low": 0}}},
            "space: reach: got 0.0; give at least 1",
        ),
        (
            {"space": {"units": {"type": "int", "low": 20, "high": 2000}}},
            "space: units: got 2000; give at most",
        ),
        ({"space": {"tau_excitatory": REACH}}, "space: tau_excitatory: got 1.0; give an object with fields"),
        ({"space": {"reach": TAU}}, "space: reach: got Gamma(family='gamma'"),
        (
            {"space": {"cell": {"type": "categorical", "choices": ["rate", "izhi"]}}},
            "space: cell: got 'izhi'; allowed",
        ),
        (
            {"space": {"tau_excitatory": {**TAU, "mean": [-1, 3], "positive": False, "families": ["dirac"]}}},
            "space: tau_excitatory: got dirac with values that are not above 0",
        ),
        ({"task": "digits"}, "task: got digits with network reservoir; allowed are "),
        ({"network": "vgg"}, "network: got vgg in a search of kind heterogeneity; allowed are "),
        (
            {"constraints": [{"metric": "energy", "at_most": 1}]},
            "constraints.0.metric: got 'energy'; trials of this search give memory_capacity/validation, parameters",
        ),
        (
            {"objective": {"metric": "accuracy/validation"}},
            "objective.metric: got 'accuracy/validation'; trials of this search give memory_capacity/validation, "
            "parameters, seconds",
        ),
        ({"tradeoffs": ["energy"]}, "tradeoffs.0: got 'energy'; allowed are parameters, seconds"),
        ({"tradeoffs": ["seconds", "seconds"]}, "tradeoffs.1: got 'seconds'; allowed are parameters"),
        (
            {"tradeoffs": ["seconds"], "warm_start": ["01a1fc07-7808-75c4-8176-8dd5c21b8c94"]},
            "tradeoffs: what is known from the start has scores alone; leave out one of the two",
        ),
        (
            {"warm_start": ["01a1fc07-7808-75c4-8176-8dd5c21b8c94", "01A1FC07780875C481768DD5C21B8C94"]},
            "warm_start: got 01a1fc07-7808-75c4-8176-8dd5c21b8c94 more than once; name each search once",
        ),
        ({"strategy": "darts"}, "strategy: got 'darts'; allowed are '"),
        ({"seeds": 6}, "budget.trials: got 10; this search needs at least 12; raise budget.trials or lower seeds"),
        ({"strategy": "sweep"}, "budget.trials: got 10; this search needs at least 18; raise budget.trials"),
        (
            {"observations": [{"point": {"reach": 2.0}, "scores": [1.0]}]},
            "observations: point 0: got a point without cell, tau_excitatory; give every dimension",
        ),
        (
            {"space": {"reach": REACH}, "observations": [{"point": {"reach": 0.5}, "scores": [1.0]}]},
            "observations: point 0: reach: got 0.5; give at least 1",
        ),
        ({"space": {"units": {**REACH, "low": 20, "high": 40}}}, "space: units: got a dimension of type float"),
        (
            {"space": {"reach": {"type": "categorical", "choices": ["1e1", 10]}}},
            "space: reach: got choices ['1e1', 10], of which some are equal; give each once",
        ),
        (
            {"space": {"reach": {"type": "categorical", "choices": [True, 2]}}},
            "space: reach: got True, which would be 1.0; write 1.0",
        ),
        (
            {"space": {"tau_excitatory": {**TAU, "positive": False, "families": ["dirac"], "prior_samples": [[-1]]}}},
            "space: tau_excitatory: got empirical with values that are not above 0",
        ),
    ],
)
def test_a_mistake_is_answered_with_field_got_and_allowed(changes, said):
    with pytest.raises(UserError) as caught:
        kinds.read({**TINY, **changes})
    assert str(caught.value).startswith(said)


EVERY_TYPE = {
    "gain_excitatory": {"type": "distribution", "mean": [0.5, 2]},
    "reach": REACH,
    "units": {"type": "int", "low": 20, "high": 40},
    "cell": {"type": "categorical", "choices": ["rate", "lif"]},
}
KNOWN = {"gain_excitatory": {"family": "dirac", "value": 1.0}, "reach": 2.5, "units": 30, "cell": "lif"}


def read(**observation):
    return kinds.read({**TINY, "space": EVERY_TYPE, "observations": [observation]})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"gain_excitatory": {"family": "dirac", "value": True}},
            "gain_excitatory.value: got True, which would be 1.0",
        ),
        ({"gain_excitatory": {"family": "empirical", "samples": [2, True]}}, "gain_excitatory.samples.1: got True, wh"),
        ({"x" * 999: 1}, f"got a point with {'x' * 80}; dimensions of the space are"),
        ({"hub": 1}, "got a point with hub; dimensions of the space are gain_excitatory, reach, units, cell"),
        ({"name": "reservoir"}, "got a point with name; dimensions"),
        ({"connection": 0.5}, "got a point with connection; dimensions"),
        ({"units": 41}, "units: got 41; give a whole number from 20 to 40"),
        ({"units": 30.5}, "units: got 30.5; give a whole number"),
        ({"units": [30]}, "units: got [30]; give a whole number"),
        ({"cell": "izhi"}, "cell: got 'izhi'; allowed are 'rate' or 'lif'"),
        ({"cell": ["lif"]}, "cell: got ['lif']; allowed are 'rate' or 'lif'"),
        ({"cell": None}, "cell: got None; allowed are 'rate' or 'lif'"),
        ({"reach": True}, "reach: got True, which would be 1.0; write 1.0"),
        ({"reach": float("nan")}, "reach: got nan; give a finite number"),
        ({"reach": "far"}, "reach: got 'far'; give a number"),
        ({"gain_excitatory": 1.0}, "gain_excitatory: got 1.0; give an object with fields"),
        ({"gain_excitatory": {"family": "dirac", "value": 0}}, "gain_excitatory: got {'family': 'dirac', 'value': 0};"),
        (
            {"gain_excitatory": {"family": "gamma", "mean": 1, "cv": 9}},
            "gain_excitatory.gamma.cv: got 9; give at most",
        ),
        ({"gain_excitatory": {"family": "gamma", "mean": 1e200, "cv": 1}}, "gain_excitatory.gamma.mean: got 1e+200;"),
        ({"gain_excitatory": {"family": "uniform", "low": 2, "high": 1}}, "gain_excitatory.uniform: uniform: got low"),
        ({"gain_excitatory": {"family": "empirical", "samples": []}}, "gain_excitatory.empirical.samples: got []"),
    ],
)
def test_what_cannot_be_known_of_a_point_is_refused(changes, said):
    given = [{"point": {**KNOWN, **point}, "scores": [1.0]} for point in ({}, changes)]
    with pytest.raises(UserError) as caught:
        kinds.read({**TINY, "space": EVERY_TYPE, "observations": given})
    assert str(caught.value).startswith(f"observations: point 1: {said}")


@pytest.mark.parametrize("score", [True, "1.5", float("nan"), float("inf"), None, [1.0]])
def test_a_score_is_a_finite_number(score):
    with pytest.raises(UserError, match=r"observations\.0\.scores\.1: got "):
        read(point=KNOWN, scores=[1.0, score])


def test_a_point_without_scores_is_refused():
    with pytest.raises(UserError, match=r"observations\.0\.scores: got \[\]"):
        read(point=KNOWN, scores=[])


def test_what_is_validated_is_what_is_kept():
    job = read(
        point={"units": "30", "reach": "25e-1", "cell": "lif", "gain_excitatory": {"family": "dirac", "value": "1"}},
        scores=[1],
    )
    assert job.observations[0].point == KNOWN == job.to_json()["observations"][0]["point"]
    assert [type(value) for value in job.known()[0].point.values()] == [Dirac, float, int, str]
    choices = kinds.read({**TINY, "space": {"reach": {"type": "categorical", "choices": ["2", 3, -0.0 + 4]}}})
    assert repr(choices.space["reach"].choices) == "(2.0, 3.0, 4.0)"
    assert kinds.read(choices.to_json()) == choices


def test_of_the_two_zeros_one_is_kept():
    job = kinds.read({**TINY, "space": {"input_share": {"type": "categorical", "choices": [-0.0, 1]}}})
    assert repr(job.space["input_share"].choices) == "(0.0, 1.0)"


def test_other_kinds_refuse_what_is_fitted_otherwise():
    with pytest.raises(UserError, match="network: got reservoir in a search of kind neuron_placement; allowed are "):
        kinds.read({"kind": "neuron_placement", "task": "digits", "network": "reservoir"})
    with pytest.raises(UserError, match=r"network: vgg needs images of channels x height x width, got \[1\]"):
        kinds.read({"kind": "neuron_placement", "task": "memory_capacity"})


def test_a_candidate_is_the_network_with_its_values_and_nothing_else_changed():
    job = kinds.read({**TINY, "network": {"name": "reservoir", "units": 33, "connection": 0.4}})
    made = job.candidate({"tau_excitatory": Gamma(mean=3, cv=1), "reach": 2.5, "cell": "lif"}, "sobol", "point 1")
    expected = {**job.network.model_dump(), "tau_excitatory": Gamma(mean=3, cv=1).model_dump()}
    assert made.body.network.model_dump() == {**expected, "reach": 2.5, "cell": "lif"}
    assert (made.body.task, made.body.neurons) == (job.task, ())


def test_a_sweep_is_the_finest_grid_that_the_budget_pays_for():
    space = {"tau_excitatory": {**TAU, "families": ["gamma", "dirac"]}, "reach": REACH}
    for trials, levels in ((6, 1), (25, 1), (26, 2), (73, 2), (74, 3)):
        job = kinds.read({**TINY, "space": space, "strategy": "sweep", "budget": {"trials": trials}})
        # `levels` means of a Dirac, levels^2 pairs of mean and cv of a gamma, each with `levels` reaches; 2 seeds
        assert job.total_trials() == 2 * (1 + (levels + levels**2) * levels)
        points = [candidate.point for candidate in job.candidates()]
        assert len({tuple(point.items()) for point in points}) == len(points) == job.total_trials() // 2 - 1
        reaches = sorted({point["reach"] for point in points})
        assert reaches == pytest.approx([1 + 4 * (i + 0.5) / levels for i in range(levels)])
        families = {type(point["tau_excitatory"]) for point in points}
        assert families == {Gamma, Dirac}


def test_observations_are_outcomes_before_the_first_trial():
    space = {"tau_excitatory": TAU}
    points = [{"family": "dirac", "value": 5.0}, {"family": "empirical", "samples": [1.0, 4.0]}]
    given = [{"point": {"tau_excitatory": p}, "scores": s} for p, s in zip(points, ([1.0, 2.0], [3.0]), strict=True)]
    known = kinds.read({**TINY, "space": space, "observations": given}).known()
    assert [(o.number, o.score) for o in known] == [(-3, 1.0), (-2, 2.0), (-1, 3.0)]
    assert [o.point["tau_excitatory"].family for o in known] == ["dirac", "dirac", "empirical"]


def test_json_round_trip_gives_an_equal_job():
    job = kinds.read(
        {**TINY, "space": {"tau_excitatory": {**TAU, "prior_samples": [[3.0, 4.0]]}}, "strategy": "random"}
    )
    assert kinds.read(job.to_json()) == job


def test_a_search_runs_without_a_service():
    found = local.run({**TINY, "budget": {"trials": 4}})
    assert [trial.label for trial in found.trials] == ["as given", "as given", "point 1", "point 1"]
    means = [sample.mean for sample in found.leaderboard()]
    assert means == sorted(means, reverse=True)
    assert found.best().network in [trial.suggestion.candidate.body.network for trial in found.trials]
    assert len({trial.result.metrics["memory_capacity/validation"] for trial in found.trials}) == 4


def test_a_tradeoff_is_searched_for_and_the_front_named():
    spec = {**TINY, "space": {"units": {"type": "int", "low": 20, "high": 60}}, "tradeoffs": ["parameters"]}
    found = local.run({**spec, "strategy": {"name": "wasserstein_bo", "initial": 2}, "budget": {"trials": 14}})
    assert [t.suggestion.health for t in found.trials if t.suggestion.candidate.origin == "model"][::2] == ["good"] * 4
    means = {sample.label: sample.means for sample in found.samples()}
    front = [tuple(one["values"].values()) for one in found.conclusion["front"]]
    assert len(front) > 1 and front == sorted(front, reverse=True)
    assert min(m["parameters"] for m in means.values()) == front[-1][1]


def test_a_start_from_other_searches_needs_their_database():
    nobody = "01a1fc07-7808-75c4-8176-8dd5c21b8c94"
    with pytest.raises(UserError, match="warm_start: got ids, which a service knows; without one give"):
        local.run({**TINY, "warm_start": [nobody]})


FINITE = {"reach": {"type": "int", "low": 2, "high": 4}}  # of a field that holds floats; as given it is 3.0


@pytest.mark.parametrize(
    ("changes", "candidates", "repeats"),
    [
        ({"space": FINITE}, 3, 2),
        ({"space": FINITE, "budget": {"trials": 4}}, 2, 2),
        ({"space": FINITE, "strategy": "sweep"}, 3, 2),
        ({"space": FINITE, "network": {"name": "reservoir", "reach": 2.5}}, 4, 2),
        ({"space": FINITE, "observations": [{"point": {"reach": 2.0}, "scores": [1.0]}]}, 2, 2),
        ({"space": FINITE, "observations": [{"point": {"reach": 3}, "scores": [1.0]}]}, 3, 2),
        ({"space": FINITE, "when_exhausted": "seeds"}, 3, 3),
        ({"space": FINITE, "when_exhausted": "seeds", "budget": {"trials": 4}}, 2, 2),
        ({"space": FINITE, "when_exhausted": "seeds", "budget": {"trials": 9999}}, 3, 500),
        ({"space": {**FINITE, "tau_excitatory": TAU}, "when_exhausted": "seeds", "budget": {"trials": 11}}, 5, 2),
    ],
)
def test_a_search_has_as_many_candidates_as_there_are(changes, candidates, repeats):
    job = kinds.read({**TINY, **changes})
    assert (job.candidate_count, job.repeats, job.total_trials()) == (candidates, repeats, candidates * repeats)


def test_what_leaves_nothing_to_run_is_refused():
    known = [{"point": {"reach": reach}, "scores": [1.0]} for reach in (2, 4)]
    with pytest.raises(UserError, match="space: every point of it is the baseline or known, by observations"):
        kinds.read({**TINY, "space": FINITE, "observations": known})
