"""A fitting of a plugin: two files in a package of its own, used through a search, in an interpreter of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PARAMS = '''
from typing import ClassVar, Literal
from spaces.fittings.params import FittingParams

class Params(FittingParams):
    """The best of some networks as they were drawn."""
    asks: ClassVar[frozenset[str]] = frozenset()
    targets: ClassVar[frozenset[str]] = frozenset({"classes"})
    name: Literal["luck"] = "luck"
    draws: int = 3
    epochs: ClassVar[int] = 1
'''
CODE = """
import torch
from searchsvc.training import data as parts
from searchsvc.training.report import Report, Result
from spaces.errors import Diverged
from spaces.networks import build

class Trial:
    def __init__(self, config, seed, device="cpu", *, costs_every_epoch=False):
        self.data, self.task = parts.load(config)
        self.networks = [build(config, seed=seed * 1000 + n + 1).eval() for n in range(config.training.draws)]
        self.network = self.networks[0]

    def score(self, part, network):
        with torch.no_grad():
            every = (parts.prepared(self.data, batch, torch.device("cpu")) for batch in parts.in_order(part))
            return self.data.head.score(network, every)

    def step(self):
        if not all(z.isfinite().all() for network in self.networks for z in network.parameters()):
            raise Diverged("it was drawn badly; lower nothing")
        self.network = max(self.networks, key=lambda network: self.score(self.data.validation, network))
        scores = {split: self.score(getattr(self.data, split), self.network) for split in ("validation", "test")}
        metrics = {self.task.metric.on(split).full: score for split, score in scores.items()}
        result = Result({**metrics, "seconds": 1.0}, [], self.data.fingerprint(), {})
        return Report(1, {"accuracy/validation": scores["validation"]}, [], result)

    def state(self):
        return {}

    def restore(self, state):
        pass
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the plugin `lab`, with the fitting `luck`, is installed."""
    site = tmp_path_factory.mktemp("site")
    params = site / "lab" / "fittings" / "params"
    params.mkdir(parents=True)
    for folder in (params, params.parent, params.parent.parent):
        (folder / "__init__.py").touch()
    (params / "luck.py").write_text(PARAMS)
    (params.parent / "luck.py").write_text(CODE)
    info = site / "lab-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lab\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[searchsvc.plugins]\nlab = lab\n")
    return site


def python(site: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": f"{site}:{ROOT}", "SEARCHSVC_PLUGINS": "lab"}
    ran = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


SPEC = {
    "kind": "polynomial_degree",
    "task": "digits",
    "degrees": [1],
    "network": {"name": "vgg", "channels": [4], "strides": [2]},
    "training": {"name": "luck", "draws": 4},
    "seeds": 1,
    "confirm": 0,
    "budget": {"trials": 2},
}
LOCAL = f"""
import json, searchsvc.local
found = searchsvc.local.run({SPEC!r})
print(json.dumps([[t.label, t.suggestion.candidate.body.training.draws] for t in found.trials]))
print(found.trials[0].result.metrics["accuracy/validation"])
"""


def test_a_search_uses_it(site: Path) -> None:
    labels, score = python(site, "-c", LOCAL).splitlines()
    assert json.loads(labels) == [["LIF", 4], ["LNM degree 1, clip1", 4]]
    assert 0 < float(score) < 0.5


SERVICE = f"""
import tempfile
from pathlib import Path
from fastapi.testclient import TestClient
from api.app import create_app
from searchsvc.store import migrate
from searchsvc.store.db import Database
from searchsvc.service.settings import Settings
from tests.workers.inline import InlineAsker, InlineExecutor
from workers.runner.loop import Runner
settings = Settings(data=Path(tempfile.mkdtemp()))
migrate.upgrade(settings.database)
store = Path(settings.artifact_store)
with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
    print("luck" in client.get("/v1/catalog").json()["fittings"])
    search = client.post("/v1/searches", json={SPEC!r}).json()["id"]
    runner = Runner(Database(settings.database), InlineExecutor(store), 30.0, str(store), InlineAsker())
    while (found := client.get(f"/v1/searches/{{search}}").json())["state"] not in ("succeeded", "failed"):
        runner.turn()
    print(found["state"], client.get(f"/v1/searches/{{search}}/best").json()["training"])
"""


def test_the_service_carries_such_a_search_out(site: Path) -> None:
    listed, ended = python(site, "-c", SERVICE).splitlines()
    assert listed == "True"
    assert ended == "succeeded {'name': 'luck', 'draws': 4}"


def test_it_keeps_the_contract(site: Path, tmp_path: Path) -> None:
    (tmp_path / "test_luck.py").write_text(CONTRACT)
    said = python(site, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path))
    assert "passed" in said and "skipped" not in said


CONTRACT = f"""
import pytest
from searchsvc.testing.fittings import *
from spaces import configuration

@pytest.fixture
def config():
    given = {SPEC!r}
    about = dict(neurons=["lif"], input_shape=[1, 8, 8], classes=10)
    return configuration.read({{name: given[name] for name in ("task", "network", "training")}} | about)
"""
