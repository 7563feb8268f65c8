"""Configurations: complete, versioned JSON; every mistake is answered with field, got and allowed."""

import json
import math

import pytest

from spaces import configuration
from spaces.errors import UserError

GOOD = {
    "network": {"name": "vgg", "channels": [4, 8], "strides": [1, 2]},
    "neurons": ["lif", {"name": "slif", "beta": 0.3}],
    "input_shape": [1, 8, 8],
    "classes": 10,
    "task": "digits",
}


def refusal(**changes):
    with pytest.raises(UserError) as caught:
        configuration.read({**GOOD, **changes})
    return str(caught.value)


def test_json_round_trip_gives_an_equal_object():
    config = configuration.read(GOOD)
    text = json.dumps(config.model_dump(mode="json"))
    assert configuration.read(json.loads(text)) == config
    assert json.loads(config.model_dump_json()) == json.loads(text)


def test_stored_json_is_complete_and_versioned():
    stored = configuration.read(GOOD).model_dump(mode="json")
    assert stored["schema"] == 1
    assert stored["neurons"][0] == {
        "name": "lif",
        "v_threshold": 1.0,
        "surrogate": {"name": "triangle", "height": 1.0},
        "detach_reset": False,
        "tau": 2.0,
    }
    assert stored["training"]["loss"] == "tet"
    assert stored["task"] == {"name": "digits", "split_seed": 0}


def test_a_surrogate_is_a_name_or_as_in_0_1_0_a_number():
    """Release 0.1.0 knew one surrogate, the triangle, and wrote its height."""
    old = {"name": "lif", "v_threshold": 1.0, "surrogate": 0.5, "detach_reset": False, "tau": 2.0}
    candidates = {"name": "super_neuron", "candidates": [old]}
    config = configuration.read({**GOOD, "neurons": [old, candidates]})
    triangle = {"name": "triangle", "height": 0.5}
    assert config.neurons[0].surrogate.model_dump() == triangle
    assert config.neurons[1].candidates[0].surrogate.model_dump() == triangle
    named = configuration.read({**GOOD, "neurons": ["lif", {"name": "lif", "surrogate": "arctan"}]})
    assert named.neurons[1].surrogate.model_dump() == {"name": "arctan", "alpha": 2.0}


def test_a_manifest_beside_the_configuration_is_ignored():
    assert configuration.read({**GOOD, "manifest": {"commit": "abc"}}) == configuration.read(GOOD)


def test_reading_does_not_change_the_given_mapping():
    given = {**GOOD, "manifest": {}}
    configuration.read(given)
    assert given == {**GOOD, "manifest": {}}


def test_placement_names_the_neuron_of_every_layer():
    config = configuration.read(GOOD)
    assert config.placement == ("lif", "slif")
    assert not config.searches
    assert configuration.read({**GOOD, "neurons": ["super_neuron", "lif"]}).searches


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"colour": "blue"}, ["colour", "unknown field", "allowed are schema, network"]),
        ({"neurons": ["lif", "lift"]}, ["neurons.1", "'lift'", "'lif', ", "'super_neuron'"]),
        ({"neurons": ["lif"]}, ["1 neurons", "2 spiking layers", "one neuron a layer"]),
        ({"neurons": ["lif", {"name": "lif", "gamma": 1}]}, ["neurons.1.lif.gamma", "unknown field"]),
        ({"neurons": ["lif", {"name": "lif", "tau": -1}]}, ["neurons.1.lif.tau", "-1", "more than 0"]),
        ({"neurons": ["lif", {"tau": 1}]}, ["neurons.1", "{'tau': 1}", "'name'"]),
        (
            {"neurons": ["lif", {"name": "lif", "surrogate": "triangel"}]},
            ["neurons.1.lif.surrogate", "'triangel'", "'triangle', 'rectangle', 'arctan', 'sigmoid', 'multi_gaussian'"],
        ),
        ({"neurons": ["lif", {"name": "lif", "surrogate": -1}]}, ["surrogate.triangle.height", "-1", "more than 0"]),
        ({"training": {"lr": math.nan}}, ["training.gradient.lr", "nan", "finite number"]),
        ({"training": {"loss": "mse"}}, ["training.gradient.loss", "'mse'", "'tet' or 'cross_entropy'"]),
        ({"schema": 2}, ["schema", "2", "allowed are 1"]),
        ({"network": "densenet"}, ["network", "'densenet'", "'resnet', "]),
        ({"network": {"name": "vgg", "strides": [1]}}, ["network", "1 strides", "5 channels", "one stride a layer"]),
        ({"classes": 0}, ["classes", "got 0", "at least 1"]),
        (
            {"encoding": "frames", "input_shape": [3, 1, 8, 8]},
            ["time_steps: got 4", "3 frames", "one time step"],
        ),
        ({"input_shape": [64]}, ["network: vgg needs images of channels x height x width", "[64]"]),
        (
            {"network": {"name": "vgg", "variant": "vggsnn", "width": 0.1}, "neurons": ["lif"] * 8},
            ["at least 16 x 16 pixels", "got 8 x 8", "pool less often"],
        ),
        (
            {"network": {"name": "resnet", "variant": "resnet50"}},
            ["network.resnet.variant", "'resnet50'", "'resnet18'"],
        ),
        ({"network": {"name": "resnet", "blocks": [1]}}, ["1 blocks", "2 stages", "a number for each"]),
        ({"time_steps": 0}, ["time_steps", "got 0", "at least 1"]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_mistake_is_answered_with_field_got_and_allowed(changes, parts):
    said = refusal(**changes)
    assert said.startswith("configuration: ")
    assert all(part in said for part in parts), said


@pytest.mark.parametrize("field", ["network", "neurons", "input_shape", "classes", "task"])
def test_a_missing_field_is_named(field):
    with pytest.raises(UserError, match=f"{field}: got nothing; this field is required"):
        configuration.read({k: v for k, v in GOOD.items() if k != field})


@pytest.mark.parametrize("value", [None, 3, "vgg", [GOOD]])
def test_what_is_no_mapping_is_refused(value):
    with pytest.raises(UserError, match="give an object with fields"):
        configuration.read(value)
