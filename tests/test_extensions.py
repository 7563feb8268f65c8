"""The checklist of CONTRIBUTING: each extension is made as it says, in a temporary plugin, and a service uses it.

A neuron, a network and a task here; those that have tests of their own are named there.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from tests import plugged, plugin
from tests.specs import TINY

NEURON_PARAMS = '''
from typing import Literal
from spaces.neurons.params import NeuronParams
from spaces.params import PositiveFloat

class Params(NeuronParams):
    """Each of its spikes tires it for a while."""
    name: Literal["tired"] = "tired"
    tau: PositiveFloat = 4.0
'''
NEURON = """
import math
from typing import NamedTuple
import torch
from spaces.gradients.spike import spike
from spaces.multi_step import Stepwise, reset
from spaces.part import Operations
from lab_members.neurons.params.tired import Params

class State(NamedTuple):
    s_B: torch.Tensor
    tired_B: torch.Tensor

class Neuron(Stepwise):
    def __init__(self, params=None):
        super().__init__(params or Params())

    def initial(self, x_B):
        return State(torch.zeros_like(x_B), torch.zeros_like(x_B))

    def step(self, x_B, state):
        tired_B = math.exp(-1 / self.params.tau) * state.tired_B + reset(state.s_B, self.params)
        s_B = spike(x_B - tired_B - self.params.v_threshold, self.params.surrogate)
        return s_B, State(s_B, tired_B)

    def operations(self, x_TB, s_TB):
        return Operations(macs=x_TB.numel())
"""
NETWORK_PARAMS = '''
from typing import Literal
from pydantic import Field
from spaces.networks.params import NetworkParams

class Params(NetworkParams):
    """Fully connected layers, all as wide."""
    name: Literal["dense"] = "dense"
    width: int = Field(8, ge=1)
    depth: int = Field(2, ge=1)

    @property
    def spiking_layers(self):
        return self.depth
'''
NETWORK = """
import math
from functools import partial
from itertools import pairwise
from torch import nn
from spaces.networks._spiking import Layers, SpikingLayer, SpikingNetwork, construct, neurons
from spaces.synapses import linear

class Network(SpikingNetwork):
    def __init__(self, config):
        super().__init__(config)
        width = config.network.width
        sizes = (math.prod(config.step_shape), *[width] * config.network.depth)
        self.layers = Layers(*(
            SpikingLayer(linear.Synapse(linear.Params(), fed, n), nn.BatchNorm1d(n), neuron)
            for (fed, n), neuron in zip(pairwise(sizes), neurons(config), strict=True)
        ))
        self.readout = nn.Linear(width, config.classes)

    def run(self, x_TB, state=None):
        s_TBN, state = self.layers(x_TB.flatten(2), state)
        return self.readout(s_TBN), state

build = partial(construct, Network)
"""
TASK_PARAMS = '''
from typing import ClassVar, Literal
from pydantic import Field
from spaces.metrics import Metric
from spaces.tasks.params import TaskParams

class Params(TaskParams):
    """Whether a noisy picture is bright."""
    name: Literal["bright"] = "bright"
    split_seed: int = Field(0, ge=0, lt=2**32)
    samples_a_part: int = 60
    input_shape: ClassVar[tuple[int, ...]] = (1, 8, 8)
    classes: ClassVar[int] = 2
    metric: ClassVar[Metric] = Metric("misses", "min", unit="%", factor=100.0, lowest=0.0)
'''
TASK = """
import torch
from spaces.heads import Classification
from spaces.tasks import Data, Split
from lab_members.tasks.params.bright import Params

def load(params=None):
    params = params or Params()
    generator = torch.Generator().manual_seed(params.split_seed)
    parts = [part(params.samples_a_part, generator) for _ in range(3)]
    mean, deviation = parts[0].x.mean().item(), parts[0].x.std(correction=0).item()
    scaling = {"subtract": mean, "divide_by": deviation}
    return Data(*(Split((one.x - mean) / deviation, one.y) for one in parts), scaling, head=Misses())

class Misses(Classification):
    def score(self, network, batches):
        return 1 - super().score(network, batches)

def part(n, generator):
    y_N = torch.randperm(n, generator=generator) % 2
    return Split(torch.randn(n, 1, 8, 8, generator=generator) + 0.3 * y_N[:, None, None, None], y_N)
"""
CHECK = """
import pytest
from searchsvc.testing.{folder} import *

@pytest.fixture
def name():
    return "{name}"
"""
MEMBERS = {"neurons/tired": (NEURON_PARAMS, NEURON), "networks/dense": (NETWORK_PARAMS, NETWORK)}
MEMBERS["tasks/bright"] = TASK_PARAMS, TASK
SEARCHES: dict[str, dict[str, Any]] = {
    "neurons/tired": {**TINY, "neurons": ["lif", {"name": "tired", "tau": 3}]},
    "networks/dense": {**TINY, "network": {"name": "dense", "width": 6, "depth": 2}},
    "tasks/bright": {
        **TINY,
        "task": {"name": "bright", "samples_a_part": 80},
        "training": {"epochs": 2, "batch_size": 8},
    },
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    files: dict[str, str] = {}
    for path, (params, code) in MEMBERS.items():
        catalog, name = path.split("/")
        files |= {f"{catalog}/params/{name}.py": params, f"{path}.py": code}
        (folder / f"check_{name}.py").write_text(CHECK.format(folder=catalog, name=name))
    plugged.install(folder, files)
    return folder


@pytest.fixture(scope="module")
def found(site: Path) -> dict[str, Any]:
    """By member: the search that used it, its best candidate, its leaderboard, what an audit finds wrong."""
    carried = f"{{name: plugged.carry_out(spec, 'ID/best', 'ID/leaderboard') for name, spec in {SEARCHES!r}.items()}}"
    said: dict[str, Any] = plugged.said(site, f"import json\nfrom tests import plugged\nprint(json.dumps({carried}))")
    return said


def test_network_and_task_keep_the_contracts_of_their_catalogs(site: Path) -> None:
    """As the neuron of examples/plugin does; this one ignores its input where it is far from the threshold."""
    checks = [str(site / f"check_{name}.py") for name in ("dense", "bright")]
    said = plugin.run(site, "lab", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--noconftest", "-n0", *checks)
    assert "passed" in said and "failed" not in said


@pytest.mark.parametrize("member", MEMBERS)
def test_two_files_are_enough_for_the_service_to_use_it(member: str, found: dict[str, Any]) -> None:
    search, best, board, wrong = found[member]
    assert search["state"] == "succeeded" and search["conclusion"]["sentence"] and wrong == []
    assert best["manifest"]["label"] == board["rows"][0]["label"]


def test_each_is_what_was_searched(found: dict[str, Any]) -> None:
    neurons, networks, tasks = (found[member] for member in MEMBERS)
    assert neurons[0]["spec"]["neurons"][1]["name"] == "tired"
    assert (networks[1]["network"]["width"], networks[1]["network"]["depth"]) == (6, 2)
    assert tasks[1]["task"]["samples_a_part"] == 80 and tasks[1]["classes"] == 2


def test_the_fewest_misses_lead_though_nobody_said_so(found: dict[str, Any]) -> None:
    assert found["tasks/bright"][0]["spec"]["objective"] == {"metric": "misses/validation"}
    means = [row["metrics"]["misses/validation"]["mean"] for row in found["tasks/bright"][2]["rows"]]
    assert means == sorted(means) and means[0] < means[-1] <= 1


CHECKLIST = (plugin.ROOT / "CONTRIBUTING.md").read_text().partition("## Adding one")[2].partition("\n## ")[0]


def rows() -> dict[str, list[str]]:
    """By what is to be added: the other columns."""
    lines = [line.strip("| ").split(" | ") for line in CHECKLIST.splitlines() if line.startswith("| ")]
    return {first: others for first, *others in lines[2:]}


@pytest.mark.parametrize("what", rows())
def test_the_checklist_names_files_that_there_are(what: str) -> None:
    for path in re.findall(r"`([\w.]+/[\w./]+)`", " ".join(rows()[what])):
        assert (plugin.ROOT / path.replace("NAME.py", "")).exists(), path


def test_the_checklist_has_every_catalog() -> None:
    written = {Path(path).parts[1] for row in rows().values() for path in re.findall(r"`([\w./]+NAME\.py)`", row[0])}
    parts = [folder for folder in (plugin.ROOT / "spaces", plugin.ROOT / "searchsvc") for folder in folder.iterdir()]
    catalogs = {folder.name for folder in parts if (folder / "params/__init__.py").exists()}
    assert catalogs | {"kinds", "pictures"} <= written | {"training"} and len(catalogs) >= 4
