"""SLIF against its equations, written out once more. Shapes: T steps, N neurons."""

import math

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spaces.gradients.params import Triangle
from spaces.neurons.params.slif import Params
from spaces.neurons.slif import Neuron
from tests.spaces.gradients.surrogates import fire, surrogates

currents = arrays(np.float64, (7, 3), elements=st.floats(-3, 3) | st.floats(-1e4, 1e4))
params = st.builds(
    Params,
    tau=st.floats(1.1, 20),
    beta=st.floats(0, 3),
    v_threshold=st.floats(0.3, 2),
    surrogate=surrogates,
    detach_reset=st.booleans(),
)


def test_trace_by_hand(trace):
    # tau_0 = 2, beta = 1/2, threshold 1
    # x  2    v = 2                                                                     spike, overshoot 1
    # x  1    tau = 2 - tanh(1)/2      = 1.619203, keep 0.539243: v = 1 * 0.539243 + 1 = 1.539243   spike
    # x  0.2  tau = 2 - tanh(0.5392)/2 = 1.753792, keep 0.565416: v = 0.539243 * 0.565416 + 0.2 = 0.504897
    # x -1    tau = 2,                             keep 0.606531: v = 0.504897 * 0.606531 - 1 = -0.693764
    # x  3    tau = 2,                             keep 0.606531: v = -0.693764 * 0.606531 + 3 = 2.579211  spike
    spikes, potentials = trace(Neuron(Params(beta=0.5)), [2, 1, 0.2, -1, 3])
    assert spikes == [1, 1, 0, 0, 1]
    assert potentials == pytest.approx([2, 1.539243, 0.504897, -0.693764, 2.579211], abs=2e-6)


def test_gradient_by_hand_through_the_time_constant():
    # x = (1.5, x1), beta 1/2: v0 = 1.5 fires, overshoot p = 1/2, triangle g = 1/2.
    # tau = 2 - tanh(p)/2; v1 = (v0 - s0) exp(-1/tau) + x1.
    # dp/dx0 = s0 + (v0 - 1) g = 1.25;  dtau/dx0 = -(1 - tanh(p)^2)/2 * 1.25;  d exp(-1/tau)/dtau = exp(-1/tau)/tau^2
    # dv1/dx0 = (1 - g) exp(-1/tau) + 0.5 exp(-1/tau)/tau^2 dtau/dx0;  detached: 1 instead of (1 - g)
    tau = 2 - math.tanh(0.5) / 2
    keep = math.exp(-1 / tau)
    through_tau = 0.5 * keep / tau**2 * -(1 - math.tanh(0.5) ** 2) / 2 * 1.25
    for detach, expected in ((False, 0.5 * keep + through_tau), (True, keep + through_tau)):
        x = torch.tensor([[1.5], [0.1]], dtype=torch.float64, requires_grad=True)
        Neuron(Params(beta=0.5, detach_reset=detach))(x)[1].v_B.sum().backward()
        assert x.grad[0].item() == pytest.approx(expected, rel=1e-12)


@given(x_TN=currents, p=params)
def test_equals_a_plain_loop(assert_equal_to_loop, x_TN, p):
    assume(abs(p.tau - p.beta - 1.05) > 1e-6)  # on the floor's edge the derivative is a convention

    def loop(x):
        v = s = overshoot = torch.zeros_like(x[0])
        spikes = []
        for t in range(len(x)):
            seen = s.detach() if p.detach_reset else s
            tau = torch.maximum(torch.full_like(v, 1.05), p.tau - p.beta * torch.tanh(overshoot))
            v = (v - seen * p.v_threshold) * torch.exp(-1 / tau) + x[t]
            s = fire(v - p.v_threshold, p.surrogate)
            overshoot = s * (v - p.v_threshold)
            spikes.append(s)
        return torch.stack(spikes), v

    assert_equal_to_loop(Neuron(p), loop, x_TN)


@given(x_TN=currents)
def test_beta_0_is_lif_with_soft_reset(assert_equal_to_loop, x_TN):
    def soft_reset_lif(x):
        v = s = torch.zeros_like(x[0])
        spikes = []
        for t in range(len(x)):
            v = math.exp(-1 / 2) * (v - s) + x[t]
            s = fire(v - 1, Triangle())
            spikes.append(s)
        return torch.stack(spikes), v

    assert_equal_to_loop(Neuron(Params(beta=0)), soft_reset_lif, x_TN)


def test_tau_never_falls_below_1_05(trace):
    # A huge overshoot and beta = 100: without the floor tau = 2 - 100 and the potential would grow.
    _, potentials = trace(Neuron(Params(beta=100)), [1001, 0])
    assert potentials[1] == pytest.approx(1000 * math.exp(-1 / 1.05), rel=1e-12)


def test_a_base_time_constant_below_the_floor_is_refused():
    with pytest.raises(ValueError, match=r"greater than or equal to 1\.05"):
        Params(tau=1.04)
