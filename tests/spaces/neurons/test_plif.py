"""PLIF against its equation, written out once more. Shapes: T steps, N neurons."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch.testing import assert_close

from spaces.neurons import lif
from spaces.neurons.params.lif import Params as LifParams
from spaces.neurons.params.plif import Params
from spaces.neurons.plif import Neuron
from tests.spaces.gradients.surrogates import fire, surrogates

currents = arrays(np.float64, (7, 3), elements=st.floats(-3, 3) | st.floats(-1e4, 1e4))
params = st.builds(Params, v_threshold=st.floats(0.3, 2), surrogate=surrogates, detach_reset=st.booleans())


def neuron(a, p=None):
    made = Neuron(p).double()
    with torch.no_grad():
        made.a.fill_(a)
    return made


def test_trace_by_hand(trace):
    # a = ln 3: sigmoid(a) = 3/4, keep 1/4, threshold 1:   v = v/4 (1 - s) + x
    # x  0.8  v = 0.8                           no spike
    # x  0.8  v = 0.2 + 0.8         = 1         spike, on the threshold
    # x -4    v = 0 (reset) - 4     = -4        no spike
    # x  1.5  v = -1 + 1.5          = 0.5       no spike
    # x  1    v = 0.125 + 1         = 1.125     spike
    spikes, potentials = trace(neuron(math.log(3)), [0.8, 0.8 + 1e-12, -4, 1.5, 1])
    assert spikes == [0, 1, 0, 0, 1]
    assert potentials == pytest.approx([0.8, 1, -4, 0.5, 1.125])


@given(x_TN=currents, a=st.floats(-4, 4), p=params)
def test_equals_a_plain_loop(assert_equal_to_loop, x_TN, a, p):
    def loop(x):
        v = s = torch.zeros_like(x[0])
        spikes = []
        for t in range(len(x)):
            seen = s.detach() if p.detach_reset else s
            v = (1 - 1 / (1 + math.exp(-a))) * v * (1 - seen) + x[t]
            s = fire(v - p.v_threshold, p.surrogate)
            spikes.append(s)
        return torch.stack(spikes), v

    assert_equal_to_loop(neuron(a, p), loop, x_TN)


@given(x_TN=currents, a=st.floats(-4, 4), p=params)
def test_gradient_of_its_time_constant_equals_a_plain_loop(x_TN, a, p):
    x, learned = torch.tensor(x_TN), torch.tensor(a, dtype=torch.float64, requires_grad=True)
    v = s = torch.zeros_like(x[0])
    total = torch.zeros(())
    for t in range(len(x)):
        v = torch.exp(-learned) / (1 + torch.exp(-learned)) * v * (1 - (s.detach() if p.detach_reset else s)) + x[t]
        s = fire(v - p.v_threshold, p.surrogate)
        total = total + (t + 1) * s.sum()
    (total + v.sum()).backward()
    made = neuron(a, p)
    spikes, state = made(x)
    ((torch.arange(1, 8)[:, None] * spikes).sum() + state.v_B.sum()).backward()
    assert_close(made.a.grad, learned.grad, rtol=1e-10, atol=1e-9)


@given(x_TN=currents, tau=st.floats(0.5, 1e3), detach=st.booleans())
def test_starts_as_lif(x_TN, tau, detach):
    runs = []
    exact = tau_of(Neuron(Params(tau=tau)).a.item())  # of `a` as rounded to float32
    assert exact == pytest.approx(tau, rel=1e-5)
    for made in (
        Neuron(Params(tau=tau, detach_reset=detach)).double(),
        lif.Neuron(LifParams(tau=exact, detach_reset=detach)),
    ):
        x = torch.tensor(x_TN, requires_grad=True)
        s, state = made(x)
        (s.cumsum(0).sum() + state.v_B.sum()).backward()
        runs.append((s.detach(), state.v_B.detach(), x.grad))
    assert_close(runs[0], runs[1], rtol=1e-10, atol=1e-12)


def tau_of(a):
    """1 - sigmoid(a) = 1 / (1 + e^a) = exp(-1/tau)."""
    return 1 / math.log1p(math.exp(a))


@pytest.mark.parametrize("tau", [1e-3, 0.1, 2.0, 1e6])
def test_any_initial_time_constant_starts_where_it_says(tau):
    keep = torch.sigmoid(-Neuron(Params(tau=tau)).a.double()).item()
    assert keep == pytest.approx(math.exp(-1 / tau), rel=1e-6)


def test_one_time_constant_a_layer():
    made = Neuron()
    made(torch.rand(3, 2, 5))
    assert {name: p.shape for name, p in made.named_parameters()} == {"a": torch.Size([])}
