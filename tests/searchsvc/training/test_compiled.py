"""Training with compiled neurons gives what training with their literal steps gives."""

import pytest
import torch

from searchsvc.training.gradient import Trial
from spaces import compiled, configuration

pytestmark = pytest.mark.skipif(not compiled.LIBRARIES, reason="no compiled kernels: install with a C compiler")


def epoch(neuron):
    given = {"network": {"name": "vgg", "channels": [8, 8]}, "neurons": [neuron] * 2, "input_shape": [1, 8, 8]}
    given |= {"classes": 10, "task": "digits", "training": {"epochs": 2}}
    trial = Trial(configuration.read(given), seed=0)
    metrics = trial.step().metrics
    return metrics, torch.cat([p.detach().flatten() for p in trial.network.parameters()])


@pytest.mark.parametrize(
    ("neuron", "tolerance"), [("lif", 0.0), ("alif", 1e-4), ("llif", 1e-4), ("lnm", 1e-4), ("super_neuron", 1e-2)]
)
def test_an_epoch_gives_the_same(monkeypatch, neuron, tolerance):
    """LIF's gradients have equal bits. The others' are rounded otherwise, which a few spikes next to their thresholds
    can amplify over the epoch's updates."""
    compiled, weights = epoch(neuron)
    monkeypatch.setattr("spaces.compiled.LIBRARIES", {})
    literal, expected = epoch(neuron)
    assert compiled["train_loss"] == pytest.approx(literal["train_loss"], rel=tolerance, abs=0)
    torch.testing.assert_close(weights, expected, rtol=0, atol=tolerance * float(expected.abs().max()))
