"""Every fitting of the catalog keeps the contract, on each of the heads that it fits to."""

import pytest

from searchsvc.testing.fittings import *  # noqa: F403
from spaces import catalog, configuration

VGG = {"network": {"name": "vgg", "channels": [4, 4]}, "input_shape": [1, 8, 8], "classes": 10, "task": "digits"}
MEMORY = {"input_shape": [1000, 1], "encoding": "frames", "time_steps": 1000, "classes": 100, "task": "memory_capacity"}
NARMA = {"input_shape": [200, 1], "encoding": "frames", "time_steps": 200, "classes": 1, "task": "narma10"}
RECURRENT = {"network": {"name": "recurrent", "units": [16]}, "neurons": ["alif"]}
DESCENT = {"epochs": 3, "batch_size": 128}
EVERY = {
    "gradient": {**VGG, "neurons": ["lif", "lnm"], "training": DESCENT},
    "gradient, adamw": {**VGG, "neurons": ["lif", "plif"], "training": {**DESCENT, "optimiser": "adamw", "lr": 0.01}},
    "gradient, super network": {**VGG, "neurons": ["super_neuron"] * 2, "training": DESCENT},
    "gradient, sequences": {**NARMA, **RECURRENT, "training": {**DESCENT, "batch_size": 32, "optimiser": "adam"}},
    "ridge": {**MEMORY, "network": {"name": "reservoir", "units": 20}, "neurons": [], "training": "ridge"},
    "ridge, an error": {**NARMA, "network": {"name": "reservoir", "units": 20}, "neurons": [], "training": "ridge"},
}


@pytest.fixture(params=EVERY)
def config(request):
    return configuration.read(EVERY[request.param])


def test_every_fitting_is_tried():
    assert {name.split(",")[0] for name in EVERY} == set(catalog.fittings.names())
