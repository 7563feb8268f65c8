"""What the neuron tests share: traces, and the comparison with a plain loop.

Shapes: T steps, N neurons.
"""

import pytest
import torch
from torch.testing import assert_close


def _gradient(run, x_TN):
    """Spikes, last potential, and the gradient of a random projection of both with respect to the input."""
    x_TN = torch.tensor(x_TN, requires_grad=True)
    s_TN, v_N = run(x_TN)
    generator = torch.Generator().manual_seed(0)
    w_TN, u_N = (torch.randn(z.shape, generator=generator, dtype=x_TN.dtype) for z in (s_TN, v_N))
    ((w_TN * s_TN).sum() + (u_N * v_N).sum()).backward()
    return s_TN.detach(), v_N.detach(), x_TN.grad


def _module(neuron):
    def run(x_TN):
        s_TN, state = neuron(x_TN)
        return s_TN, state.v_B

    return run


def _trace(neuron, inputs):
    """Spikes and potentials of one neuron, step by step."""
    state, spikes, potentials = None, [], []
    for x in inputs:
        s_TN, state = neuron(torch.tensor([[x]], dtype=torch.float64), state)
        spikes.append(s_TN.item())
        potentials.append(state.v_B.item())
    return spikes, potentials


@pytest.fixture(scope="session")
def trace():
    return _trace


@pytest.fixture(scope="session")
def assert_equal_to_loop():
    def check(neuron, loop, x_TN):
        (s, v, g), (s_loop, v_loop, g_loop) = _gradient(_module(neuron), x_TN), _gradient(loop, x_TN)
        assert torch.equal(s, s_loop)
        assert_close(v, v_loop, rtol=1e-12, atol=1e-12)
        assert_close(g, g_loop, rtol=1e-10, atol=1e-12)

    return check
