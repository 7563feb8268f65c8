"""A stranger pulls the best network over HTTP and trains it in a program of their own."""

import json
import subprocess
import sys
from pathlib import Path

import httpx

from searchsvc import Client
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


def test_the_pulled_network_learns_digits_above_90_percent_on_three_seeds(service: Service, tmp_path: Path) -> None:
    search = Client(service.url).submit(SPEC).wait()
    file = tmp_path / "best.json"
    file.write_text(json.dumps(httpx.get(f"{service.url}/v1/searches/{search.id}/best").json()))
    done = subprocess.run(
        [sys.executable, "-c", STRANGER, file], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    accuracies = [float(line) for line in done.stdout.split()]
    assert len(accuracies) == 3 and min(accuracies) > 0.9, accuracies
