"""A plugin's synapses, and a neuron with lateral connections: each is a file, keeps the contract, and is searched."""

from typing import Any

import pytest

from tests.plugged import install, said

PARAMS = """
from typing import ClassVar, Literal
from spaces.synapses.params import SynapseParams

class Params(SynapseParams):
    connects: ClassVar[Literal["features", "images"]] = {connects!r}
    name: Literal[{name!r}] = {name!r}
    share: float = 0.5
"""
# A share of the currents comes a step later.
LATE = """
import torch
from spaces import synapse
from spaces.synapses import {base}
from spaces.synapses.params import {base} as base_params

class Synapse(synapse.Synapse):
    def __init__(self, params, inputs, outputs, **how):
        super().__init__(params)
        self.inner = {base}.Synapse(base_params.Params(), inputs, outputs, **how)

    @property
    def weight(self):
        return self.inner.weight

    def forward(self, x_TB, state=None):
        now_TB, _ = self.inner(x_TB)
        first_1B = torch.zeros_like(now_TB[:1]) if state is None else state[None]
        late_TB = torch.cat([first_1B, now_TB[:-1]])
        return (1 - self.params.share) * now_TB + self.params.share * late_TB, now_TB[-1]

    def operations(self, x_TB, y_TB):
        connected = self.inner.operations(x_TB, y_TB)
        return connected._replace(macs=connected.macs + 2 * y_TB.numel())
"""
INHIBITED_PARAMS = """
from typing import Literal
from spaces.neurons.params import lif

class Params(lif.Params):
    name: Literal["inhibited"] = "inhibited"
    strength: float = 1.0
"""
# Whoever fires takes from the current of all neurons of its layer at the next step.
INHIBITED = """
from spaces.part import Operations
from spaces.neurons import lif
from lab_members.neurons.params.inhibited import Params

class Neuron(lif.Neuron):
    lateral = True

    def __init__(self, params=None):
        super().__init__(params or Params())

    def step(self, x_B, state):
        inhibition_B = self.params.strength * state.s_B.mean(1, keepdim=True)
        return super().step(x_B - inhibition_B, state)

    def operations(self, x_TB, s_TB):
        return Operations(macs=2 * x_TB.numel())
"""
CONTRACT = """
import pytest
from searchsvc.testing.{kind} import *

@pytest.fixture(params={names!r})
def name(request):
    return request.param
"""
SEARCH: dict[str, Any] = {
    "kind": "polynomial_degree",
    "task": "sequential_digits",
    "network": {"name": "recurrent", "units": [4], "synapse": "late"},
    "degrees": [1],
    "seeds": 1,
    "confirm": 0,
    "training": {"epochs": 1, "batch_size": 512},
}


CODE = """
import json, pytest, searchsvc.local
from pydantic import ValidationError
from api.routes.catalog import everything
from lab_members.neurons import inhibited
from searchsvc import build
from spaces import catalog
from spaces.wording import explain

def passes(file, *options):
    quiet = ["-q", "-p", "no:cacheprovider", "-c", "/dev/null"]
    return int(pytest.main([*quiet, *options, f"{site}/test_{{file}}.py"])) == 0

said = {{"contract": [passes("synapses"), passes("neurons")]}}
inhibited.Neuron.lateral = False
said["hidden"] = passes("hidden", "-k", "see_each_other")
found = searchsvc.local.run({search!r})
network = build(found.best().model_dump(mode="json"))
said["classes"] = [type(layer.synapse).__module__ for layer in network.layers]
said["energies"] = [sample.means["energy"] for sample in found.leaderboard()]
said["listed"] = sorted(everything()["synapses"])
try:
    catalog.networks.params("vgg")(synapse="late")
except ValidationError as error:
    said["refused"] = explain(error.errors()[0])
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What one interpreter with the plugin says of all this."""
    site = tmp_path_factory.mktemp("site")
    install(
        site,
        {
            "synapses/params/late.py": PARAMS.format(name="late", connects="features"),
            "synapses/late.py": LATE.format(base="linear"),
            "synapses/params/late_convolution.py": PARAMS.format(name="late_convolution", connects="images"),
            "synapses/late_convolution.py": LATE.format(base="convolution"),
            "neurons/params/inhibited.py": INHIBITED_PARAMS,
            "neurons/inhibited.py": INHIBITED,
        },
    )
    tests = {"synapses": ["late", "late_convolution"], "neurons": ["inhibited"], "hidden": ["inhibited"]}
    for file, names in tests.items():
        kind = file if file == "synapses" else "neurons"
        (site / f"test_{file}.py").write_text(CONTRACT.format(kind=kind, names=names))
    return said(site, CODE.format(site=site, search=SEARCH))


def test_they_keep_the_contract(found: Any) -> None:
    assert found["contract"] == [True, True]


def test_a_neuron_that_hides_its_lateral_connections_does_not(found: Any) -> None:
    assert found["hidden"] is False


def test_a_search_names_the_synapse_and_its_best_network_has_it(found: Any) -> None:
    assert found["classes"] == ["lab_members.synapses.late"]
    assert len(found["energies"]) == 2 and all(energy > 0 for energy in found["energies"])


def test_it_is_listed_by_the_catalog_and_allowed_where_it_fits(found: Any) -> None:
    assert found["listed"] == ["convolution", "filtered", "late", "late_convolution", "linear"]
    assert found["refused"] == "synapse: got 'late'; allowed are 'convolution', 'late_convolution'"
