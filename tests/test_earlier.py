"""What users of earlier releases have goes on working: plugins, specifications, pulled files, the entry point.

Their databases: `tests/searchsvc/store/test_migrate.py`.
"""

import importlib.metadata
import json
from pathlib import Path

import pytest
import torch

import searchsvc.cli
from spaces import configuration
from spaces.networks import build
from tests import plugin

EARLIER = Path(__file__).parent / "data" / "0.1.0"
USE = """
import json, sys
import searchsvc.local
from searchsvc.testing.neurons import *
found = searchsvc.local.run(json.loads(sys.argv[1]))
print([sample.label for sample in found.leaderboard()])
"""


def test_a_plugin(tmp_path: Path) -> None:
    files = {str(file.relative_to(EARLIER / "plugin")): file.read_text() for file in (EARLIER / "plugin").rglob("*.py")}
    plugin.install(tmp_path, "refractory_neurons", files)
    spec = {
        **json.loads((EARLIER / "specification.json").read_text()),
        "neurons": ["lif", {"name": "refractory_lif", "refractory": 2}],
    }
    printed = plugin.python(tmp_path, "refractory_neurons", USE, json.dumps(spec))
    assert "all REFRACTORY_LIF" in printed


@pytest.mark.parametrize("name", ["best.json", "best_of_a_search_over_a_space.json"])
def test_a_pulled_file_is_built(name: str) -> None:
    stored = json.loads((EARLIER / name).read_text())
    config = configuration.read(stored)
    assert configuration.read(config.model_dump(mode="json")) == config
    assert config.placement == tuple(neuron["name"] for neuron in stored["neurons"])
    x_B = torch.zeros(2, *config.input_shape)
    assert build(config, seed=0)(x_B).isfinite().all()


def test_the_entry_point() -> None:
    (entry,) = importlib.metadata.entry_points(group="console_scripts", name="searchsvc")
    assert entry.value == "searchsvc.cli:main" and entry.load() is searchsvc.cli.main
