"""LLIF against its equations, written out once more. Shapes: T steps, N neurons."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch.testing import assert_close

from spaces.neurons import lif
from spaces.neurons.llif import Neuron
from spaces.neurons.params.lif import Params as LifParams
from spaces.neurons.params.llif import Params
from tests.spaces.gradients.surrogates import fire, surrogates

KEEP_HALF = 1 / math.log(2)  # the tau of which exp(-1/tau) = 1/2

currents = arrays(np.float64, (7, 3), elements=st.floats(-3, 3) | st.floats(-1e4, 1e4))
params = st.builds(
    Params,
    tau=st.floats(0.5, 20),
    gamma=st.floats(0, 2),
    v_threshold=st.floats(0.3, 2),
    surrogate=surrogates,
    detach_reset=st.booleans(),
)


def test_trace_by_hand(trace):
    # keep 1/2, threshold 1, gamma 1/2; tanh 1 = 0.761594, tanh 2 = 0.964028
    # x -1    v = -1                  threshold 1                              no spike
    # x  1.6  v = -0.5 + 1.6 = 1.1    threshold 1 + 0.380797 = 1.380797        no spike (a LIF would fire)
    # x  1.2  v = 0.55 + 1.2 = 1.75   threshold 1.380797                       spike
    # x -2    v = 0 (reset) - 2 = -2  threshold 1.380797                       no spike
    # x  2.5  v = -1 + 2.5 = 1.5      threshold 1.380797 + 0.482014 = 1.862811 no spike (a LIF would fire)
    neuron, inputs = Neuron(Params(tau=KEEP_HALF, gamma=0.5)), [-1, 1.6, 1.2, -2, 2.5]
    spikes, potentials = trace(neuron, inputs)
    assert spikes == [0, 0, 1, 0, 0]
    assert potentials == pytest.approx([-1, 1.1, 1.75, -2, 1.5])
    _, state = neuron(torch.tensor(inputs, dtype=torch.float64)[:, None])
    assert state.v_th_B.item() == pytest.approx(1.862811, abs=1e-6)


def test_gradient_by_hand_through_the_threshold():
    # x = (-0.5, 1.5), gamma 1/2: v0 = -0.5, s0 = 0, triangle 0 at distance 1.5 (no gradient through the reset).
    # v1 = -0.25 + 1.5 = 1.25, threshold 1 + tanh(0.5)/2 = 1.2310586, distance 0.0189414, triangle 0.9810586.
    # ds1/dx0 = 0.9810586 (1/2 + (1 - tanh(0.5)^2)/2), since the threshold falls as x0 rises.
    x = torch.tensor([[-0.5], [1.5]], dtype=torch.float64, requires_grad=True)
    Neuron(Params(tau=KEEP_HALF, gamma=0.5))(x)[0][1].sum().backward()
    triangle = 1 - (1.25 - 1 - math.tanh(0.5) / 2)
    assert x.grad[0].item() == pytest.approx(triangle * (0.5 + (1 - math.tanh(0.5) ** 2) / 2), rel=1e-12)


@given(x_TN=currents, p=params)
def test_equals_a_plain_loop(assert_equal_to_loop, x_TN, p):
    def loop(x):
        v = s = inhibition = torch.zeros_like(x[0])
        threshold = torch.full_like(x[0], p.v_threshold)
        spikes = []
        for t in range(len(x)):
            seen = s.detach() if p.detach_reset else s
            threshold = threshold + p.gamma * torch.tanh(inhibition)
            v = v * math.exp(-1 / p.tau) * (1 - seen) + x[t]
            s = fire(v - threshold, p.surrogate)
            inhibition = torch.where(x[t] < 0, -x[t], torch.zeros_like(x[t]))
            spikes.append(s)
        return torch.stack(spikes), v

    assert_equal_to_loop(Neuron(p), loop, x_TN)


@given(x_TN=currents)
def test_gamma_0_is_lif(x_TN):
    runs = []
    for neuron in (Neuron(Params(gamma=0)), lif.Neuron(LifParams())):
        x = torch.tensor(x_TN, requires_grad=True)
        s, state = neuron(x)
        s.cumsum(0).sum().backward()
        runs.append((s.detach(), state.v_B.detach(), x.grad))
    assert torch.equal(runs[0][0], runs[1][0])
    assert_close(runs[0], runs[1], rtol=1e-12, atol=0)


def test_excitation_leaves_the_threshold_alone():
    _, state = Neuron()(torch.rand(9, 5))
    assert torch.equal(state.v_th_B, torch.ones(5))
