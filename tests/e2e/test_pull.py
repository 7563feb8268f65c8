"""A stranger pulls the best network over HTTP and trains it in a program of their own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from searchsvc import Client
from searchsvc.client import Search
from tests.e2e.service import Service
from tests.specs import TINY

STRANGER = """
import json, sys, torch
from searchsvc import build
from sklearn.datasets import load_digits

torch.set_num_threads(1)
x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x, dtype=torch.float32).reshape(-1, 1, 8, 8) / 8 - 1, torch.tensor(y)
train, held_out = slice(0, 1400), slice(1400, None)
config = json.load(open(sys.argv[1]))
for seed in range(3):
    network = build(config, seed=seed)
    order = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
    for epoch in range(3):
        for batch in torch.randperm(1400, generator=order).split(32):
            loss = torch.nn.functional.cross_entropy(network(x[batch]).mean(0), y[batch])
            optimiser.zero_grad(); loss.backward(); optimiser.step()
    network.eval()
    with torch.no_grad():
        print((network(x[held_out]).mean(0).argmax(1) == y[held_out]).float().mean().item())
"""

SPEC = {
    **TINY,
    "network": {"name": "vgg", "channels": [16, 16, 32, 32, 64], "strides": [1, 1, 2, 1, 2]},
    "time_steps": 4,
    "neurons": ["lif", "llif", "slif"],
    "strategy": {"epochs": 1},
    "training": {"epochs": 1},
    "seeds": 1,
    "confirm": 0,
    "budget": {"trials": 5},
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that trains."""
    with Service(tmp_path_factory.mktemp("trained"), SEARCHSVC_EXECUTOR="process") as started:
        yield started


@pytest.fixture(scope="module")
def search(trained: Service) -> Search:
    return Client(trained.url).submit(SPEC).wait()


def test_the_pulled_network_learns_digits_above_90_percent_on_three_seeds(
    trained: Service, search: Search, tmp_path: Path
) -> None:
    file = tmp_path / "best.json"
    file.write_text(json.dumps(httpx.get(f"{trained.url}/v1/searches/{search.id}/best").json()))
    done = subprocess.run(
        [sys.executable, "-c", STRANGER, file], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    accuracies = [float(line) for line in done.stdout.split()]
    assert len(accuracies) == 3 and min(accuracies) > 0.9, accuracies


def test_train_repeats_the_pulled_trial_exactly(trained: Service, search: Search, tmp_path: Path) -> None:
    file = tmp_path / "best.json"
    trained.run("searchsvc", "best", search.id, "-o", str(file))
    manifest = json.loads(file.read_text())["manifest"]
    again = trained.run("searchsvc", "train", str(file), "--json", "--seed", str(manifest["seed"]))
    found, trial = json.loads(again.stdout), httpx.get(f"{trained.url}/v1/trials/{manifest['trial']}").json()
    assert found["validation_accuracy"] == trial["validation_accuracy"]
    assert found["test_accuracy"] == trial["test_accuracy"]
