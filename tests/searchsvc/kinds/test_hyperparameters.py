"""Searches over fields of networks, neurons and trainings: what is refused, what a candidate is, and a whole one."""

import pytest

from searchsvc import kinds, local
from searchsvc.testing.strategies import asked
from spaces.errors import UserError
from spaces.identity import fingerprint
from tests.specs import TINY_HYPERPARAMETERS as TINY

LR = {"type": "float", "low": 0.005, "high": 0.5, "log": True}


def refusal(**changes):
    with pytest.raises(UserError) as caught:
        kinds.read({**TINY, **changes})
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"space": {"training.rate": LR}}, "space: got 'training.rate', which the training of this search has not; al"),
        ({"space": {"training.lr": {**LR, "high": 1e4}}}, "space: training.lr: got 10000.0; give at most 1000"),
        ({"space": {"training.batch_size": LR}}, "space: training.batch_size: got 0.005; give a whole"),
        (
            {"space": {"training.batch_size": {"type": "float", "low": 8, "high": 16}}},
            "space: training.batch_size: got a dimension of type float; this field takes whole numbers; give type int",
        ),
        (
            {"space": {"neurons.tau": {"type": "distribution", "mean": [1, 2]}}},
            "space: neurons.tau: got Gamma(family='gamma', mean=1.0, cv=0.05); give a number",
        ),
        ({"neurons": ["lif", "lif", "lif"]}, "neurons: got 3; give one for all layers, or one for each of 2"),
        (
            {"neurons": [{"name": "lif", "tau": 4}, "lif"]},
            "space: got neurons.tau, of which layers have 4.0, 2.0; give it one value in all, as the baseline",
        ),
        ({"neurons": "izhikevich"}, "neurons.0: got 'izhikevich'; allowed are"),
        ({"network": "reservoir"}, "network: got reservoir in a search of kind hyperparameters; allowed are "),
        ({"task": "memory_capacity"}, "network: vgg needs images of channels x height x width, got [1]"),
    ],
)
def test_a_mistake_is_answered_with_field_got_and_allowed(changes, said):
    assert refusal(**changes).startswith(said)


def test_a_candidate_is_what_is_given_with_its_values_in_every_layer():
    slif = {"name": "slif", "tau": 4, "surrogate": "rectangle"}
    kind = kinds.read({**TINY, "neurons": [{"name": "lif", "tau": 4}, slif]})
    point = {"training.lr": 0.25, "neurons.tau": 3.0, "dropout": 0.5, "training.batch_size": 64}
    made = kind.candidate(point, "sobol", "point 1").body
    given = kind.baselines()[0].body
    assert [neuron.tau for neuron in given.neurons] == [4.0, 4.0]
    assert [(neuron.name, neuron.tau) for neuron in made.neurons] == [("lif", 3.0), ("slif", 3.0)]
    assert made.training == given.training.model_copy(update={"lr": 0.25, "batch_size": 64})
    assert made.network == given.network.model_copy(update={"dropout": 0.5})
    assert kind.coordinates(made.model_dump(mode="json")) == point == kind.point(made.model_dump(mode="json"))


def test_one_neuron_stands_for_all_layers_however_many_a_candidate_has():
    space = {"hidden": {"type": "categorical", "choices": [4, 8]}}
    resnet = {"name": "resnet", "channels": [4], "blocks": [1]}
    kind = kinds.read({**TINY, "network": {**resnet, "hidden": 4}, "space": space, "neurons": "alif"})
    assert [neuron.name for neuron in kind.candidate({"hidden": 8}, "sweep", "").body.neurons] == ["alif"] * 4


def test_a_trial_has_as_many_steps_as_its_own_epochs():
    space = {"training.epochs": {"type": "int", "low": 1, "high": 3}}
    kind = kinds.read({**TINY, "space": space, "strategy": "sweep"})
    assert [one.body.training.epochs for one in kind.candidates()] == [2, 3]  # 1 is the baseline
    assert kind.trial_steps == 3


def test_json_round_trip_gives_an_equal_kind():
    kind = kinds.read(
        {**TINY, "space": {"neurons.surrogate": {"type": "categorical", "choices": ["arctan", "sigmoid"]}}}
    )
    assert kinds.read(kind.to_json()) == kind


def test_a_search_runs_without_a_service_and_compares_with_what_was_given():
    found = local.run(TINY)
    given, *others = found.samples()
    assert given.label == "as given" and len(others) == 3
    assert {len(trial.suggestion.candidate.point) for trial in found.trials} == {4}
    assert [trial.suggestion.candidate.origin for trial in found.trials] == ["baseline", "sobol", "sobol", "model"]
    winner = found.leaderboard()[0]
    expected = winner.means["energy"] / given.means["energy"] - 1
    assert found.conclusion["energy_overhead"] == pytest.approx(expected, abs=1e-12)
    assert winner is given or f"{100 * expected:+.1f} % against as given" in found.conclusion["sentence"]


@pytest.mark.parametrize("strategy", ["random", "sobol", "sweep", {"name": "wasserstein_bo", "initial": 2}])
def test_every_strategy_over_points_searches_it(strategy):
    suggestions = asked({**TINY, "strategy": strategy, "budget": {"trials": 7}})
    points = [tuple(suggestion.candidate.point.items()) for suggestion in suggestions]
    assert len(set(points)) == len(points) > 2
    assert len({fingerprint(suggestion.candidate.body) for suggestion in suggestions}) == len(points)
