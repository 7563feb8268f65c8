"""What is searched: five distributions of a reservoir of 80 rate units, by its memory capacity.

The task is `memory_capacity` with fewer and shorter sequences, so that an evaluation takes less than a tenth of a
second: 3200 steps fit, 3200 held-out steps score. Every evaluation draws the reservoir anew.
"""

from functools import cache

import torch
from torch import Tensor

from searchsvc import kinds
from searchsvc.kinds.heterogeneity import Job
from searchsvc.training.ridge import fit
from spaces.networks.reservoir import Network
from spaces.space.dimensions import Point
from spaces.tasks import memory_capacity
from spaces.tasks.params.memory_capacity import Params

FAMILIES = ("gamma", "log_normal", "uniform", "log_normal_mixture")
MEANS = {
    "tau_excitatory": [1.5, 30],
    "tau_inhibitory": [1.5, 30],
    "gain_excitatory": [0.1, 3],
    "gain_inhibitory": [0.1, 3],
    "input_gain": [0.03, 3],
}
STEPS = 600
TRAIN, VALIDATION = 8, 8  # sequences
REGULARISATION = 1e-7


@cache
def job(*families: str) -> Job:
    """A search in which each distribution has one of these families."""
    dimension = {"type": "distribution", "families": families, "cv": [0.05, 1.5]}
    space = {name: {**dimension, "mean": mean} for name, mean in MEANS.items()}
    read = kinds.read({"kind": "heterogeneity", "task": "memory_capacity", "network": "reservoir", "space": space})
    assert isinstance(read, Job)
    return read


@cache
def data() -> tuple[Tensor, Tensor]:
    """Inputs (B, T, 1) of both parts together, and what they were 1, 2, ... steps ago (T, B, K) without the washout."""
    loaded = memory_capacity.load()
    parts = [(loaded.train, TRAIN), (loaded.validation, VALIDATION)]
    x = torch.cat([part.x[:count, :STEPS] for part, count in parts])
    y = torch.cat([part.y[:count, :STEPS] for part, count in parts])
    return x, y.transpose(0, 1)[Params.washout :]


@torch.no_grad()
def evaluate(point: Point, seed: int) -> float:
    """The memory capacity of one draw of the reservoir."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = Network(job(*FAMILIES).candidate(point, "random", "").body)
    x_BT1, y_TBK = data()
    states_TBN = network.states(x_BT1)[Params.washout :]
    fit(network.readout, states_TBN[:, :TRAIN].flatten(0, 1), y_TBK[:, :TRAIN].flatten(0, 1), REGULARISATION)
    readouts = network.readout(states_TBN[:, TRAIN:].flatten(0, 1))
    return memory_capacity.capacity(readouts, y_TBK[:, TRAIN:].flatten(0, 1))


def truth(point: Point, draws: int = 8) -> float:
    """Its mean over draws that no search has seen."""
    return sum(evaluate(point, 10_000 + i) for i in range(draws)) / draws
