"""Descent against torch's own plain loop, and learning rates by hand."""

import math

import pytest
import torch

from searchsvc.training import optimisers
from searchsvc.training.gradient import Trial
from spaces.fittings.params.gradient import Params
from spaces.networks import build
from spaces.tasks import digits
from tests.searchsvc.training.test_learned import config

KINDS = {
    "sgd": lambda weights: torch.optim.SGD(weights, 0.01, 0.8, weight_decay=0.02),
    "adam": lambda weights: torch.optim.Adam(weights, 0.01, (0.8, 0.95), weight_decay=0.02),
    "adamw": lambda weights: torch.optim.AdamW(weights, 0.01, (0.8, 0.95), weight_decay=0.02),
}


@pytest.mark.parametrize("schedule", ["cosine", "constant"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_trial_is_torchs_plain_loop(kind, schedule):
    how = {"epochs": 2, "lr": 0.01, "momentum": 0.8, "betas": [0.8, 0.95], "weight_decay": 0.02}
    chosen = config("lif", optimiser=kind, schedule=schedule, loss="cross_entropy", warmup_epochs=1, **how)
    trial = Trial(chosen, seed=3)
    losses = [trial.step().metrics["train_loss"] for _ in range(2)]

    network, data = build(chosen, seed=3), digits.load()
    optimiser, generator = KINDS[kind](network.parameters()), torch.Generator().manual_seed(3)
    for epoch, expected in enumerate(losses):
        optimiser.param_groups[0]["lr"] = 0.01 * (0.5 if epoch == 0 else 1.0)  # the cosine begins where it is flat
        found = []
        for index_B in torch.randperm(len(data.train.y), generator=generator).split(256):
            optimiser.zero_grad()
            loss = torch.nn.functional.cross_entropy(network(data.train.x[index_B]).mean(0), data.train.y[index_B])
            loss.backward()
            optimiser.step()
            found.append(loss.item())
        assert sum(found) / len(found) == expected
    for mine, theirs in zip(trial.network.parameters(), network.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_neurons_own_parameters_keep_their_rate_and_do_not_decay_by_any_optimiser():
    chosen = config({"name": "lnm", "degree": 2}, optimiser="adamw", lr=0.01, neuron_lr=0.5, weight_decay=0.1)
    weights, neurons = Trial(chosen, 0).optimiser.param_groups
    assert (weights["weight_decay"], neurons["weight_decay"]) == (0.1, 0.0)
    assert (weights["initial_lr"], neurons["initial_lr"]) == (0.01, 0.5)


def test_half_a_cosine_follows_the_warm_up():
    rates = [optimisers.rate(Params(epochs=7, warmup_epochs=3), epoch) for epoch in range(8)]
    cosine = [(1 + math.cos(math.pi * epoch / 4)) / 2 for epoch in range(4)]
    assert rates == pytest.approx([0.25, 0.5, 0.75, *cosine, 0.0])


def test_a_constant_rate_stays_where_the_warm_up_ends():
    rates = [optimisers.rate(Params(epochs=4, warmup_epochs=1, schedule="constant"), epoch) for epoch in range(5)]
    assert rates == [0.5, 1.0, 1.0, 1.0, 1.0]
