"""What fittings say of themselves: what is stored stays as it was, and a mistake is one sentence."""

import json

import pytest

from spaces import catalog, configuration
from spaces.configuration import fittings
from spaces.errors import UserError
from spaces.identity import fingerprint

VGG = {"network": {"name": "vgg", "channels": [4, 8]}, "input_shape": [1, 8, 8], "classes": 10, "task": "digits"}
PIXELS = {"input_shape": [64, 1], "encoding": "frames", "time_steps": 64, "classes": 10, "task": "sequential_digits"}
MEMORY = {"input_shape": [1000, 1], "encoding": "frames", "time_steps": 1000, "classes": 100, "task": "memory_capacity"}
SUPER = {**VGG, "neurons": ["super_neuron"] * 2, "architect": {"lr": 0.1}}
RECURRENT = {**PIXELS, "network": {"name": "recurrent", "units": [8]}, "neurons": ["lif"]}
RESERVOIR = {**MEMORY, "network": "reservoir", "neurons": [], "training": {"name": "ridge", "regularisation": 1e-5}}
GRADIENT = {
    "epochs": 6,
    "batch_size": 32,
    "lr": 0.05,
    "momentum": 0.9,
    "weight_decay": 5e-05,
    "neuron_lr": 0.01,
    "compress_to": None,
    "warmup_epochs": 0,
    "label_smoothing": 0.0,
    "loss": "tet",
    "tet_lambda": 0.05,
}
# Fingerprints and stored trainings as release 0.1.0 and what was stored since have them.
STORED = [
    (
        {**SUPER, "training": {"epochs": 3, "loss": "cross_entropy"}},
        {**GRADIENT, "epochs": 3, "loss": "cross_entropy"},
        "5f24de27590386444c975cf3c55e194825c15b4c1c6e44af3e6ffbfaac4c2819",
    ),
    (RECURRENT, GRADIENT, "75472c3f65d3e1a1a06eb504ce1ca1c36701a5d3657ef09389ec989f0dcf5b79"),
    (
        RESERVOIR,
        {"name": "ridge", "regularisation": 1e-05},
        "73cf5e5aa48bf6b3853cc1e4696e31e18b4b53c388a41e7f6be02e820a756910",
    ),
]


@pytest.mark.parametrize(("given", "training", "mark"), STORED, ids=["super", "recurrent", "reservoir"])
def test_what_was_stored_is_written_as_it_was_and_is_the_same_candidate(given, training, mark):
    config = configuration.read(given)
    assert config.model_dump(mode="json")["training"] == training
    assert json.loads(config.model_dump_json())["training"] == training
    assert fingerprint(config) == mark
    assert configuration.read(config.model_dump(mode="json")) == config


@pytest.mark.parametrize(
    "new", [{"optimiser": "adamw"}, {"schedule": "constant"}, {"betas": [0.9, 0.99], "optimiser": "adam"}], ids=str
)
def test_what_came_later_is_written_where_it_says_something(new):
    config = configuration.read({**RECURRENT, "training": new})
    stored = json.loads(config.model_dump_json())
    assert stored["training"] == {**GRADIENT, **new}
    assert configuration.read(stored) == config
    assert fingerprint(config) != fingerprint(configuration.read(RECURRENT))


def test_a_training_without_a_name_is_gradient_descent():
    named = configuration.read({**RECURRENT, "training": {"name": "gradient", "lr": 0.1}})
    assert configuration.read({**RECURRENT, "training": {"lr": 0.1}}) == named
    assert configuration.read({**RECURRENT, "training": "gradient"}) == configuration.read(RECURRENT)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({**RESERVOIR, "task": "digits"}, "task: got digits with network reservoir; allowed are "),
        (
            {**RESERVOIR, "training": {}},
            "training: got gradient for network reservoir, which is fitted to memory_capacity by ridge; give ridge",
        ),
        (
            {**RECURRENT, "training": "ridge"},
            "training: got ridge for network recurrent, which is fitted to sequential_digits by gradient; give ",
        ),
        (
            {**RECURRENT, "task": "memory_capacity", "training": {"compress_to": 2}},
            "training.compress_to: got 2 for task memory_capacity, which has no accuracy to score; leave it out",
        ),
        ({**RECURRENT, "training": {"name": "sgd"}}, "training: got 'sgd'; allowed are '"),
        ({**RECURRENT, "training": {"lr": -1}}, "training.gradient.lr: got -1; give more than 0"),
        ({**RECURRENT, "training": {"optimiser": "rprop"}}, "training.gradient.optimiser: got 'rprop'; "),
        ({**RECURRENT, "training": {"betas": [0.9, 1]}}, "training.gradient.betas.1: got 1; "),
        (
            {**RESERVOIR, "training": {"name": "ridge", "lr": 1}},
            "training.ridge.lr: got an unknown field; ",
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) else None,
)
def test_a_mistake_is_one_sentence(given, said):
    with pytest.raises(UserError) as caught:
        configuration.read(given)
    assert str(caught.value).startswith(f"configuration: {said}")


def test_without_a_task_any_fitting_may_stand_there():
    """As of published networks whose data are not in this catalog."""
    assert configuration.read({**RESERVOIR, "task": None, "training": {}}).training.name == "gradient"


def test_every_network_and_every_task_is_fitted_by_something():
    networks, tasks = ([c.params(name) for name in c.names()] for c in (catalog.networks, catalog.tasks))
    assert all(fittings(network) for network in networks)
    assert all(any(fittings(network, task) for network in networks) for task in tasks)


@pytest.mark.parametrize("name", catalog.fittings.names())
def test_a_fitting_is_a_file_beside_its_parameters(name):
    assert catalog.fittings.params(name)().name == name
    assert catalog.load("fittings", name).__name__ == f"searchsvc.training.{name}"
