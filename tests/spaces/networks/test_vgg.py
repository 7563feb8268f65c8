"""VGG against an independent forward pass in numpy and scipy. Shapes: T steps, C channels, H height, W width."""

import math

import numpy as np
import pytest
import torch
from scipy.signal import correlate2d

from spaces.networks import build

T, CHANNELS, STRIDES = 4, (3, 2), (1, 2)


def convolve(x_CHW, weight_OCHW, stride):
    """3 x 3, zeros around, every `stride`-th position."""
    return np.stack([
        sum(correlate2d(x, w, mode="same") for x, w in zip(x_CHW, w_CHW, strict=True))[::stride, ::stride]
        for w_CHW in weight_OCHW
    ])  # fmt: skip


def spikes(x_TCHW):
    v = s = np.zeros_like(x_TCHW[0])
    out = []
    for x in x_TCHW:
        v = math.exp(-0.5) * v * (1 - s) + x
        s = (v >= 1).astype(float)
        out.append(s)
    return np.stack(out)


def forward(state, x_CHW):
    x_TCHW = np.stack([x_CHW] * T)
    for i, stride in enumerate(STRIDES):
        w, mean, var, scale, shift = (
            state[f"layers.{i}.{key}"]
            for key in ("synapse.weight", "norm.running_mean", "norm.running_var", "norm.weight", "norm.bias")
        )
        column = (slice(None), None, None)
        current = np.stack([
            (convolve(x, w, stride) - mean[column]) / np.sqrt(var[column] + 1e-5) * scale[column] + shift[column]
            for x in x_TCHW
        ])  # fmt: skip
        x_TCHW = spikes(current)
    return x_TCHW.mean((2, 3)) @ state["readout.weight"].T + state["readout.bias"], x_TCHW


@pytest.fixture
def network():
    """In double precision, with BatchNorm statistics and scales that are not the initial ones."""
    network = build(
        {
            "network": {"name": "vgg", "channels": CHANNELS, "strides": STRIDES},
            "neurons": ["lif", "lif"],
            "input_shape": [2, 6, 6],
            "classes": 3,
            "time_steps": T,
            "task": "digits",
        },
        seed=0,
    ).double()
    torch.manual_seed(0)
    for layer in network.layers:
        layer.norm.running_mean.normal_(0, 0.2)
        layer.norm.running_var.uniform_(0.2, 0.5)
        torch.nn.init.uniform_(layer.norm.weight, 0.5, 2)
        torch.nn.init.normal_(layer.norm.bias, 0.4, 0.2)
    return network.eval()


def test_forward_equals_an_independent_one(network):
    x_BCHW = torch.randn(3, 2, 6, 6, dtype=torch.float64)
    state = {key: value.numpy() for key, value in network.state_dict().items()}
    with torch.no_grad():
        o_TBK = network(x_BCHW).numpy()
    for b, x_CHW in enumerate(x_BCHW.numpy()):
        expected, last = forward(state, x_CHW)
        assert 0 < last.mean() < 1  # the comparison means nothing for silent neurons
        np.testing.assert_allclose(o_TBK[:, b], expected, rtol=1e-10, atol=1e-12)
