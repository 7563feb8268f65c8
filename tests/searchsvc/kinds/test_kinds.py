"""Specifications: what is refused, with which words, and how many trials a search has."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc import kinds
from spaces import catalog
from spaces.errors import UserError

GOOD = {"kind": "neuron_placement", "task": "digits"}
TINY = {"name": "vgg", "channels": [2], "strides": [1]}


def refusal(**changes):
    with pytest.raises(UserError) as caught:
        kinds.read({**GOOD, **changes})
    return str(caught.value)


def test_a_budget_below_the_baselines_is_refused_with_the_sum():
    # 3 seeds of the searched placement and of 3 uniform ones, and the super network: 1 + 3 * (1 + 3) = 13.
    assert refusal(budget={"trials": 12}) == (
        "budget.trials: got 12; this search needs at least 13: the super network and 3 seeds of 4 placements; "
        "raise budget.trials or lower seeds"
    )
    assert kinds.read({**GOOD, "budget": {"trials": 13}}).total_trials() == 13


@pytest.mark.parametrize("task", ["narma10", {"name": "narma10"}, catalog.tasks.params("narma10")()], ids=type)
def test_a_task_ranks_by_its_own_score_however_it_is_given(task):
    spec = {**GOOD, "task": task, "network": {"name": "recurrent", "units": [6, 6]}}
    assert kinds.read(spec).objective.metric == "nrmse/validation"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"budget": {"trials": -1}}, "budget.trials: got -1; give at least 1"),
        ({"budget": {"trials": math.nan}}, "budget.trials: got nan; give a finite number"),
        ({"training": {"lr": math.nan}}, "training.lr: got nan; give a finite number"),
        (
            {"kind": "telepathy"},
            f"kind: got 'telepathy'; allowed are {', '.join(map(repr, kinds.kinds()))}",
        ),
        ({"neurons": ["lif", "slif", "lif"]}, "neurons: got lif, slif, lif; give each neuron once"),
        ({"resources": {"cpus": 0}}, "resources.cpus: got 0; give at least 0.001"),
        ({"resources": {"gpus": -0.5}}, "resources.gpus: got -0.5; give at least 0"),
        ({"seeds": 0}, "seeds: got 0; give at least 1"),
        ({"colour": "blue"}, "colour: got an unknown field; allowed are kind, "),
        ({"task": "mnist"}, "task: got 'mnist'; allowed are '"),
        (
            {"task": "event_digits", "time_steps": 4},
            "time_steps: got 4; samples of task event_digits have 12 frames; leave time_steps out",
        ),
        ({"task": "sequential_digits"}, "network: vgg needs images of channels x height x width, got [1]"),
        (
            {"network": {"name": "vgg", "variant": "vgg11"}},
            "network: this vgg needs images of at least 32 x 32 pixels, got 8 x 8; pool less often",
        ),
        ({"strategy": {"epochs": 0}}, "strategy.epochs: got 0; give at least 1"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_mistake_is_answered_with_field_got_and_allowed(changes, said):
    assert refusal(**changes).startswith(said)


def test_every_wrong_field_is_named():
    said = refusal(seeds=0, colour="blue", budget={"trials": 0})
    assert all(part in said for part in ("seeds: got 0", "colour: got an unknown field", "budget.trials: got 0"))


def test_super_neurons_and_unknown_neurons_are_no_choice():
    for name in ("super_neuron", "lift"):
        said = refusal(neurons=["lif", name]).partition("neurons.1: ")[2].partition(";")[2]
        assert "'lif'" in said and "super_neuron" not in said


def test_a_missing_kind_is_named():
    with pytest.raises(UserError, match="kind: got nothing; this field is required"):
        kinds.read({"task": "digits"})


@pytest.mark.parametrize("value", [None, 3, "neuron_placement", [GOOD]])
def test_what_is_no_mapping_is_refused(value):
    with pytest.raises(UserError, match="give an object with fields"):
        kinds.read(value)


def test_resources_may_be_fractions():
    job = kinds.read({**GOOD, "resources": {"cpus": 0.5, "gpus": 0.25}})
    assert (job.resources.cpus, job.resources.gpus) == (0.5, 0.25)


def test_json_round_trip_gives_an_equal_job():
    job = kinds.read({**GOOD, "seed": 4, "neurons": ["lif", {"name": "slif", "beta": 0.5}], "network": TINY})
    assert kinds.read(job.to_json()) == job


@pytest.mark.parametrize(("layers", "neurons", "placements"), [(1, 2, 0), (1, 3, 0), (2, 2, 2), (2, 3, 6), (3, 2, 6)])
def test_a_tiny_space_caps_the_random_placements(layers, neurons, placements):
    # neurons^layers placements in all, of which `neurons` are uniform.
    job = kinds.read(
        {
            **GOOD,
            "network": {"name": "vgg", "channels": [2] * layers, "strides": [1] * layers},
            "neurons": ["lif", "llif", "slif"][:neurons],
            "budget": {"trials": 1000},
        }
    )
    assert len(job.placements) == job.candidate_count == neurons + placements
    assert job.total_trials() == 1 + 3 * (neurons + placements)


@given(seeds=st.integers(1, 5), trials=st.integers(1, 60), neurons=st.integers(2, 3))
def test_the_budget_is_spent_but_never_exceeded(seeds, trials, neurons):
    spec = {**GOOD, "seeds": seeds, "budget": {"trials": trials}, "neurons": ["lif", "llif", "slif"][:neurons]}
    least = 1 + seeds * (neurons + 1)
    if trials < least:
        with pytest.raises(UserError, match=f"needs at least {least}"):
            kinds.read(spec)
        return
    total = kinds.read(spec).total_trials()
    space = 1 + seeds * neurons**5  # the default network has five layers
    assert least <= total <= trials
    assert total > trials - seeds or total == space


def test_no_two_trials_of_any_two_searches_share_a_seed():
    searches = [0, 1, 2, 3, 999, 1000, 1001, 2_147_482]
    seeds = [kinds.read({**GOOD, "seed": s}).trial_seed(repeat) for s in searches for repeat in range(999)]
    assert len(set(seeds)) == len(searches) * 999
    assert 0 <= min(seeds) <= max(seeds) < 2**31
    assert "seed: got 2147483" in refusal(seed=2_147_483)
    assert "seeds: got 1000" in refusal(seeds=1000)
