"""LIF against its equation, written out once more. Shapes: T steps, N neurons."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spaces.neurons.lif import Neuron
from spaces.neurons.params.lif import Params
from tests.spaces.gradients.surrogates import fire, surrogates

KEEP_HALF = 1 / math.log(2)  # the tau of which exp(-1/tau) = 1/2

currents = arrays(np.float64, (7, 3), elements=st.floats(-3, 3) | st.floats(-1e4, 1e4))
params = st.builds(
    Params,
    tau=st.floats(0.5, 20),
    v_threshold=st.floats(0.3, 2),
    surrogate=surrogates,
    detach_reset=st.booleans(),
)


def test_trace_by_hand(trace):
    # keep 1/2, threshold 1:   v = v/2 (1 - s) + x
    # x  0.75  v = 0    + 0.75         = 0.75   no spike
    # x  0.75  v = 0.375 + 0.75        = 1.125  spike
    # x  0.25  v = 0 (reset) + 0.25    = 0.25   no spike
    # x  1.0   v = 0.125 + 1.0         = 1.125  spike
    # x -0.5   v = 0 (reset) - 0.5     = -0.5   no spike
    spikes, potentials = trace(Neuron(Params(tau=KEEP_HALF)), [0.75, 0.75, 0.25, 1.0, -0.5])
    assert spikes == [0, 1, 0, 1, 0]
    assert potentials == pytest.approx([0.75, 1.125, 0.25, 1.125, -0.5])


def test_a_potential_on_the_threshold_spikes(trace):
    assert trace(Neuron(), [1.0])[0] == [1]
    assert trace(Neuron(), [1.0 - 1e-12])[0] == [0]


def test_gradient_by_hand_through_the_reset():
    # v0 = x0 = 0.75: s0 = 0, triangle 1 - |0.75 - 1| = 0.75; v1 = v0/2 (1 - s0) + x1 = 0.875, triangle 0.875.
    # ds1/dx0 = 0.875 dv1/dx0 = 0.875 ((1 - s0)/2 - v0/2 * 0.75) = 0.875 (0.5 - 0.28125) = 0.19140625
    # With a detached reset: 0.875 * 0.5 = 0.4375
    for detach, expected in ((False, 0.19140625), (True, 0.4375)):
        x = torch.tensor([[0.75], [0.5]], dtype=torch.float64, requires_grad=True)
        Neuron(Params(tau=KEEP_HALF, detach_reset=detach))(x)[0][1].sum().backward()
        assert x.grad[0].item() == pytest.approx(expected, rel=1e-12)


@given(x_TN=currents, p=params)
def test_equals_a_plain_loop(assert_equal_to_loop, x_TN, p):
    def loop(x):
        v = s = torch.zeros_like(x[0])
        spikes = []
        for t in range(len(x)):
            seen = s.detach() if p.detach_reset else s
            v = v * math.exp(-1 / p.tau) * (1 - seen) + x[t]
            s = fire(v - p.v_threshold, p.surrogate)
            spikes.append(s)
        return torch.stack(spikes), v

    assert_equal_to_loop(Neuron(p), loop, x_TN)


def test_constant_input_below_threshold_settles_at_the_closed_form(trace):
    # Without spikes v is a geometric sum: x (1 - k^T) / (1 - k), k = exp(-1/2).
    keep, steps = math.exp(-0.5), 30
    _, potentials = trace(Neuron(), [0.3] * steps)
    assert potentials[-1] == pytest.approx(0.3 * (1 - keep**steps) / (1 - keep), rel=1e-12)
