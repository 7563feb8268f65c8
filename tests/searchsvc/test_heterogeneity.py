"""Searches over distributions: what is refused, with which words, and what a candidate, a sweep and a start are."""

import pytest

from searchsvc import jobs, local
from spaces.distribution_params import Dirac, Gamma
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
            "space: reach: got 0.0; input should be greater than or equal to 1",
        ),
        (
            {"space": {"units": {"type": "int", "low": 20, "high": 2000}}},
            "space: units: got 2000; input should be less",
        ),
        ({"space": {"tau_excitatory": REACH}}, "space: tau_excitatory: got 1.0; give an object with fields"),
        ({"space": {"reach": TAU}}, "space: reach: got Gamma(family='gamma'"),
        (
            {"space": {"cell": {"type": "categorical", "choices": ["rate", "izhi"]}}},
            "space: cell: got 'izhi'; input sh",
        ),
        (
            {"space": {"tau_excitatory": {**TAU, "mean": [-1, 3], "positive": False, "families": ["dirac"]}}},
            "space: tau_excitatory: got dirac with values that are not above 0",
        ),
        ({"task": "digits"}, "task: got digits with network reservoir; allowed are memory_capacity"),
        ({"network": "vgg"}, "network: got vgg in a search of kind heterogeneity; allowed are reservoir"),
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
        ({"strategy": "darts"}, "strategy: got 'darts'; allowed are 'random', 'sobol', 'sweep'"),
        ({"seeds": 6}, "budget.trials: got 10; this search needs at least 12; raise budget.trials or lower seeds"),
        ({"strategy": "sweep"}, "budget.trials: got 10; this search needs at least 18; raise budget.trials"),
        (
            {"observations": [{"point": {"reach": 2.0}, "scores": [1.0]}]},
            "observations: got a point without cell, tau_excitatory; give every dimension",
        ),
        (
            {"space": {"reach": REACH}, "observations": [{"point": {"reach": 0.5}, "scores": [1.0]}]},
            "observations: reach: got 0.5; input should be greater than or equal to 1",
        ),
    ],
)
def test_a_mistake_is_answered_with_field_got_and_allowed(changes, said):
    with pytest.raises(UserError) as caught:
        jobs.read({**TINY, **changes})
    assert str(caught.value).startswith(said)


def test_other_kinds_refuse_what_is_fitted_otherwise():
    with pytest.raises(UserError, match="network: got reservoir in a search of kind neuron_placement; allowed are rec"):
        jobs.read({"kind": "neuron_placement", "task": "digits", "network": "reservoir"})
    with pytest.raises(UserError, match="task: got memory_capacity with network vgg; allowed are cifar10, "):
        jobs.read({"kind": "neuron_placement", "task": "memory_capacity"})


def test_a_candidate_is_the_network_with_its_values_and_nothing_else_changed():
    job = jobs.read({**TINY, "network": {"name": "reservoir", "units": 33, "connection": 0.4}})
    made = job.candidate({"tau_excitatory": Gamma(mean=3, cv=1), "reach": 2.5, "cell": "lif"}, "sobol", "point 1")
    expected = {**job.network.model_dump(), "tau_excitatory": Gamma(mean=3, cv=1).model_dump()}
    assert made.configuration.network.model_dump() == {**expected, "reach": 2.5, "cell": "lif"}
    assert (made.configuration.task, made.configuration.neurons) == (job.task, ())


def test_a_sweep_is_the_finest_grid_that_the_budget_pays_for():
    space = {"tau_excitatory": {**TAU, "families": ["gamma", "dirac"]}, "reach": REACH}
    for trials, levels in ((6, 1), (25, 1), (26, 2), (73, 2), (74, 3)):
        job = jobs.read({**TINY, "space": space, "strategy": "sweep", "budget": {"trials": trials}})
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
    known = jobs.read({**TINY, "space": space, "observations": given}).known()
    assert [(o.number, o.score) for o in known] == [(-3, 1.0), (-2, 2.0), (-1, 3.0)]
    assert [o.point["tau_excitatory"].family for o in known] == ["dirac", "dirac", "empirical"]


def test_json_round_trip_gives_an_equal_job():
    job = jobs.read({**TINY, "space": {"tau_excitatory": {**TAU, "prior_samples": [[3.0, 4.0]]}}, "strategy": "random"})
    assert jobs.read(job.to_json()) == job


def test_a_search_runs_without_a_service():
    found = local.run({**TINY, "budget": {"trials": 4}})
    assert [trial.label for trial in found.trials] == ["as given", "as given", "point 1", "point 1"]
    means = [sample.mean for sample in found.leaderboard()]
    assert means == sorted(means, reverse=True)
    assert found.best().network in [trial.suggestion.candidate.configuration.network for trial in found.trials]
    assert len({trial.result.means()["memory_capacity/validation"] for trial in found.trials}) == 4


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
