"""A search over a network whose synapses have time constants: in one process, and by the service."""

from typing import Any

import pytest
import torch

import searchsvc.local
from searchsvc import build
from spaces.configuration import read
from spaces.synapses import filtered
from tests import plugged

SEARCH: dict[str, Any] = {
    "kind": "polynomial_degree",
    "task": "sequential_digits",
    "network": {"name": "recurrent", "units": [6], "synapse": {"name": "filtered", "tau": 3}},
    "degrees": [1],
    "seeds": 1,
    "confirm": 0,
    "training": {"epochs": 1, "batch_size": 512},
}


@pytest.fixture(scope="module")
def found() -> searchsvc.local.LocalSearch:
    torch.set_num_threads(1)
    return searchsvc.local.run(SEARCH)


def test_its_candidates_have_the_synapse_and_the_best_one_builds(found: searchsvc.local.LocalSearch) -> None:
    best = found.best()
    assert [sample.label for sample in found.samples()] == ["LIF", "LNM degree 1, clip1"]
    assert best.network.synapse == filtered.Params(tau=3)  # type: ignore[attr-defined]
    network = build(read(best.model_dump(mode="json")), seed=0)
    assert {type(module).__module__ for module in network.modules()} >= {filtered.Synapse.__module__}


def test_their_decay_is_paid_for(found: searchsvc.local.LocalSearch) -> None:
    """A MAC a neuron and step, of either synapse."""
    for trial in found.trials:
        layers = {layer["layer"]: layer for layer in trial.result.layers}
        assert layers["layers.0.synapse"]["macs"] == 64 * (6 * 1 + 6)
        assert layers["layers.0.neuron.synapse"]["macs"] == 64 * 6


def test_the_service_carries_it_out() -> None:
    search, board, wrong = plugged.carry_out(SEARCH, "ID/leaderboard")
    assert search["state"] == "succeeded" and wrong == []
    assert search["spec"]["network"]["synapse"] == {"name": "filtered", "tau": 3.0, "learned": True}
    assert sorted(row["label"] for row in board["rows"]) == ["LIF", "LNM degree 1, clip1"]
