"""ALIF against its equations, written out once more. Shapes: T steps, N neurons."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spaces.neurons.alif import Neuron
from spaces.neurons.params.alif import Params
from tests.spaces.gradients.surrogates import fire, surrogates

KEEP_HALF = 1 / math.log(2)  # the tau of which exp(-1/tau) = 1/2

currents = arrays(np.float64, (7, 3), elements=st.floats(-3, 3) | st.floats(-1e4, 1e4))
params = st.builds(
    Params,
    tau=st.floats(0.5, 20),
    tau_adaptation=st.floats(0.5, 50),
    beta=st.floats(0, 3),
    v_threshold=st.floats(0.3, 2),
    surrogate=surrogates,
    detach_reset=st.booleans(),
)


def test_trace_by_hand(trace):
    # keep 1/2 in v and b, threshold 1, beta 2: a spike adds 1/2 to b and so 1 to the threshold, which halves each step
    # x  1.5   v = 1.5                                b = 0      B = 1       spike
    # x  1.25  v = 0.75 + 1.25 - 1      = 1           b = 0.5    B = 2       no spike (without adaptation it would)
    # x  1.5   v = 0.5 + 1.5            = 2           b = 0.25   B = 1.5     spike
    # x  0     v = 1 - 1.5              = -0.5        b = 0.625  B = 2.25    no spike: it lost the threshold it crossed
    # x  2     v = -0.25 + 2            = 1.75        b = 0.3125 B = 1.625   spike
    neuron = Neuron(Params(tau=KEEP_HALF, tau_adaptation=KEEP_HALF, beta=2))
    inputs = [1.5, 1.25, 1.5, 0, 2]
    spikes, potentials = trace(neuron, inputs)
    assert spikes == [1, 0, 1, 0, 1]
    assert potentials == pytest.approx([1.5, 1, 2, -0.5, 1.75])
    _, state = neuron(torch.tensor(inputs, dtype=torch.float64)[:, None])
    assert state.b_B.item() == pytest.approx(0.3125)


def test_gradient_by_hand_through_the_threshold():
    # x = (1.5, x1), keep 1/2 in v and b, beta 2: v0 = 1.5, s0 = 1, triangle g = 1/2.
    # v1 = v0/2 - s0 + x1, B1 = 1 + s0: with x1 = 1.5, v1 = 1.25, B1 = 2, distance -0.75, triangle 1/4.
    # ds1/dx0 = 1/4 (1/2 - g - g) = 1/4 * -1/2; with a detached reset the first g goes: 1/4 * 0
    for detach, expected in ((False, -0.125), (True, 0.0)):
        x = torch.tensor([[1.5], [1.5]], dtype=torch.float64, requires_grad=True)
        Neuron(Params(tau=KEEP_HALF, tau_adaptation=KEEP_HALF, beta=2, detach_reset=detach))(x)[0][1].sum().backward()
        assert x.grad[0].item() == pytest.approx(expected, abs=1e-12)


@given(x_TN=currents, p=params)
def test_equals_a_plain_loop(assert_equal_to_loop, x_TN, p):
    def loop(x):
        v = s = b = torch.zeros_like(x[0])
        threshold = torch.full_like(x[0], p.v_threshold)
        alpha, rho = math.exp(-1 / p.tau), math.exp(-1 / p.tau_adaptation)
        spikes = []
        for t in range(len(x)):
            seen = s.detach() if p.detach_reset else s
            v = alpha * v + x[t] - threshold * seen
            b = rho * b + (1 - rho) * s
            threshold = p.v_threshold + p.beta * b
            s = fire(v - threshold, p.surrogate)
            spikes.append(s)
        return torch.stack(spikes), v

    assert_equal_to_loop(Neuron(p), loop, x_TN)


@given(x_TN=currents, surrogate=surrogates)
def test_beta_0_is_lif_with_soft_reset_after_the_decay(assert_equal_to_loop, x_TN, surrogate):
    def soft_reset_lif(x):
        v = s = torch.zeros_like(x[0])
        spikes = []
        for t in range(len(x)):
            v = math.exp(-1 / 2) * v - s + x[t]
            s = fire(v - 1, surrogate)
            spikes.append(s)
        return torch.stack(spikes), v

    assert_equal_to_loop(Neuron(Params(beta=0, surrogate=surrogate)), soft_reset_lif, x_TN)


def test_constant_firing_raises_the_threshold_by_beta():
    # b tends to 1 under a spike at every step.
    x = torch.full((400, 1), 1e3, dtype=torch.float64)
    s, state = Neuron(Params(beta=0.7))(x)
    assert s.all()
    assert 1 + 0.7 * state.b_B.item() == pytest.approx(1.7, rel=1e-12)
