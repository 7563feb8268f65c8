"""A residual block against its formula, with torch's own functions. Shapes: T steps, B batch, C channels."""

import math

import pytest
import torch
from torch.nn.functional import batch_norm, conv2d

from spaces.networks import build

T = 4


def lif(x_TBCHW):
    v = s = torch.zeros_like(x_TBCHW[0])
    out = []
    for x in x_TBCHW:
        v = math.exp(-0.5) * v * (1 - s) + x
        s = (v >= 1).to(v)
        out.append(s)
    return torch.stack(out)


def current(state, synapse, norm, x_TBCHW, stride, padding):
    def one_step(x):
        y = conv2d(x, state[f"{synapse}.weight"], stride=stride, padding=padding)
        mean, var, scale, shift = (state[f"{norm}.{k}"] for k in ("running_mean", "running_var", "weight", "bias"))
        return batch_norm(y, mean, var, scale, shift)

    return torch.stack([one_step(x) for x in x_TBCHW])


def block(state, name, x, stride, shortcut):
    inner = lif(current(state, f"{name}.first.synapse", f"{name}.first.norm", x, stride, 1))
    total = current(state, f"{name}.second.0", f"{name}.second.1", inner, 1, 1)
    total = total + (current(state, f"{name}.shortcut.0", f"{name}.shortcut.1", x, stride, 0) if shortcut else x)
    return lif(total)


@pytest.fixture
def network():
    """In double precision, with BatchNorms that are not the identity, so that all layers fire."""
    config = {
        "network": {"name": "resnet", "channels": [4, 6], "blocks": [1, 1], "hidden": 5},
        "neurons": ["lif"] * 6,
        "input_shape": [2, 6, 6],
        "classes": 3,
        "time_steps": T,
        "task": "digits",
    }
    network = build(config, seed=0).double()
    generator = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2, generator=generator)
            module.running_var.uniform_(0.2, 0.5, generator=generator)
            torch.nn.init.uniform_(module.weight, 0.5, 2, generator=generator)
            torch.nn.init.normal_(module.bias, 0.4, 0.2, generator=generator)
    torch.nn.init.uniform_(network.hidden.synapse.weight, -1, 3, generator=generator)
    return network.eval()


def test_forward_equals_the_formula(network):
    state = network.state_dict()
    x_BCHW = torch.randn(3, 2, 6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    stem = lif(current(state, "layers.0.synapse", "layers.0.norm", torch.stack([x_BCHW] * T), 1, 1))
    first = block(state, "layers.1", stem, 1, shortcut=False)
    second = block(state, "layers.2", first, 2, shortcut=True)
    pooled = second.mean((-1, -2))
    hidden = lif(pooled @ state["hidden.synapse.weight"].T + state["hidden.synapse.bias"])
    assert all(0 < s.mean() < 1 for s in (stem, first, second, hidden))
    expected = hidden @ state["readout.weight"].T + state["readout.bias"]
    with torch.no_grad():
        torch.testing.assert_close(network(x_BCHW), expected, rtol=1e-10, atol=1e-12)
