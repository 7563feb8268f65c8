"""The recurrent classifier against a loop over steps in numpy. Shapes: T steps, B batch, N units."""

import math

import numpy as np
import pytest
import torch

from spaces.networks import build

T = 9


@pytest.fixture
def network():
    config = {
        "network": {"name": "recurrent", "units": [6, 5], "readout_tau": 4.0},
        "neurons": ["lif", "lif"],
        "input_shape": [T, 3],
        "encoding": "frames",
        "classes": 2,
        "time_steps": T,
        "task": "digits",
    }
    network = build(config, seed=0).double()
    generator = torch.Generator().manual_seed(0)
    for layer in network.layers:
        layer.norm.running_mean.normal_(0, 0.2, generator=generator)
        layer.norm.running_var.uniform_(0.2, 0.5, generator=generator)
        torch.nn.init.normal_(layer.norm.bias, 0.4, 0.2, generator=generator)
    return network.eval()


def layer(state, name, z_TBN):
    w, v, mean, var, scale, shift = (
        state[f"layers.{name}.{key}"].numpy()
        for key in (
            "synapse.weight",
            "neuron.synapse.weight",
            "norm.running_mean",
            "norm.running_var",
            "norm.weight",
            "norm.bias",
        )
    )
    u = s = np.zeros((z_TBN.shape[1], len(w)))
    spikes = []
    for z in z_TBN:
        x = (z @ w.T - mean) / np.sqrt(var + 1e-5) * scale + shift + s @ v.T
        u = math.exp(-0.5) * u * (1 - s) + x
        s = (u >= 1).astype(float)
        spikes.append(s)
    return np.stack(spikes)


def test_forward_equals_a_loop_over_steps(network):
    state = network.state_dict()
    x_BTN = torch.randn(4, T, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    first = layer(state, 0, x_BTN.movedim(1, 0).numpy())
    second = layer(state, 1, first)
    assert 0 < first.mean() < 1
    assert 0 < second.mean() < 1
    o, expected = 0.0, []
    for s in second:
        driven = s @ state["readout.weight"].numpy().T + state["readout.bias"].numpy()
        o = math.exp(-1 / 4) * o + (1 - math.exp(-1 / 4)) * driven
        expected.append(o)
    with torch.no_grad():
        np.testing.assert_allclose(network(x_BTN).numpy(), np.stack(expected), rtol=1e-10, atol=1e-12)


def test_recurrent_weights_begin_orthogonal(network):
    for each in network.layers:
        v = each.neuron.synapse.weight.detach()
        torch.testing.assert_close(v @ v.T, torch.eye(len(v), dtype=v.dtype), atol=1e-6, rtol=0)


def test_gradients_of_a_super_network_stay_small_over_many_steps():
    config = {
        "network": {"name": "recurrent", "units": [16]},
        "neurons": ["super_neuron"],
        "input_shape": [64, 1],
        "encoding": "frames",
        "classes": 2,
        "time_steps": 64,
        "task": "digits",
    }
    network = build(config, seed=0)
    x_BTN = torch.randn(32, 64, 1, generator=torch.Generator().manual_seed(0))
    network(x_BTN).square().mean().backward()
    assert max(p.grad.abs().max().item() for p in network.parameters()) < 10
