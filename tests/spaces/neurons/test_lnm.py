"""LNM against its equation, written out once more. Shapes: T steps, N neurons."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch.testing import assert_close

from spaces.gradients.params import Rectangle
from spaces.neurons import lif
from spaces.neurons.lnm import Neuron
from spaces.neurons.params.lif import Params as LifParams
from spaces.neurons.params.lnm import Params
from tests.spaces.gradients.surrogates import fire, surrogates

KEEP_QUARTER = 1 / math.log(4)  # the tau of which exp(-1/tau) = 1/4
BOUNDS = {"clip1": lambda u: u.clamp(-1, 1), "clip5": lambda u: u.clamp(-5, 5), "tanh": torch.tanh}

inputs = st.floats(-3, 3) | st.floats(-1e4, 1e4)
currents = arrays(np.float64, (7, 3), elements=inputs)
coefficients = st.lists(st.floats(-1, 1), min_size=1, max_size=6)


def neuron(theta, **fields):
    made = Neuron(Params(degree=len(theta), **fields)).double()
    with torch.no_grad():
        made.theta.copy_(torch.tensor(theta, dtype=torch.float64))
    return made


def test_trace_by_hand(trace):
    # f(u) = u/2 - u^2 + u^3/4, clip to [-1, 1], threshold 1/2
    # x  0.4   v = 0.4                                                      no spike
    # x  0.6   f(0.4) = 0.2 - 0.16 + 0.016 = 0.056     v = 0.656            spike
    # x -2     reset                                   v = -2               no spike
    # x  2     f(-1) = -0.5 - 1 - 0.25 = -1.75         v = 0.25             no spike
    # x  0.5   f(0.25) = 0.125 - 0.0625 + 0.00390625   v = 0.56640625       spike
    spikes, potentials = trace(neuron([0.5, -1, 0.25]), [0.4, 0.6, -2, 2, 0.5])
    assert spikes == [0, 1, 0, 0, 1]
    assert potentials == pytest.approx([0.4, 0.656, -2, 0.25, 0.56640625])


@given(
    x_TN=currents,
    theta=coefficients,
    bounding=st.sampled_from(list(BOUNDS)),
    v_threshold=st.floats(0.3, 2),
    surrogate=surrogates,
    detach=st.booleans(),
)
def test_equals_a_plain_loop(assert_equal_to_loop, x_TN, theta, bounding, v_threshold, surrogate, detach):
    def loop(x):
        v = s = torch.zeros_like(x[0])
        spikes = []
        for t in range(len(x)):
            seen = s.detach() if detach else s
            bounded = BOUNDS[bounding](v)
            v = sum(c * bounded ** (i + 1) for i, c in enumerate(theta)) * (1 - seen) + x[t]
            s = fire(v - v_threshold, surrogate)
            spikes.append(s)
        return torch.stack(spikes), v

    made = neuron(theta, bounding=bounding, v_threshold=v_threshold, surrogate=surrogate, detach_reset=detach)
    assert_equal_to_loop(made, loop, x_TN)


@given(x_TN=currents, theta=coefficients, bounding=st.sampled_from(list(BOUNDS)))
def test_gradient_of_theta_equals_a_plain_loop(x_TN, theta, bounding):
    x, coefficient = torch.tensor(x_TN), torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    v = s = torch.zeros_like(x[0])
    total = torch.zeros(())
    for t in range(len(x)):
        bounded = BOUNDS[bounding](v)
        v = sum(c * bounded ** (i + 1) for i, c in enumerate(coefficient)) * (1 - s.detach()) + x[t]
        s = fire(v - 0.5, Rectangle())
        total = total + (t + 1) * s.sum()
    (total + v.sum()).backward()
    made = neuron(theta, bounding=bounding)
    spikes, state = made(x)
    ((torch.arange(1, 8)[:, None] * spikes).sum() + state.v_B.sum()).backward()
    assert_close(made.theta.grad, coefficient.grad, rtol=1e-10, atol=1e-9)


@given(x_TN=arrays(np.float64, (7, 3), elements=st.floats(-0.75, 3)), degree=st.integers(1, 6))
def test_starts_as_lif_that_keeps_a_quarter(x_TN, degree):
    """Exact while v >= -1; above 1 it has fired, so the clip changes nothing that the reset would keep."""
    s, state = Neuron(Params(degree=degree)).double()(torch.tensor(x_TN))
    s_lif, state_lif = lif.Neuron(LifParams(tau=KEEP_QUARTER, v_threshold=0.5))(torch.tensor(x_TN))
    assert_close((s, state.v_B), (s_lif, state_lif.v_B), rtol=1e-12, atol=1e-12)


def test_start_is_not_that_lif_below_the_bound_or_with_tanh():
    x = torch.tensor([[-3.0], [0.0]], dtype=torch.float64)
    assert Neuron().double()(x)[1].v_B.item() == -0.25  # a LIF would keep -0.75
    assert Neuron(Params(bounding="clip5")).double()(x)[1].v_B.item() == -0.75
    assert Neuron(Params(bounding="tanh")).double()(x)[1].v_B.item() == pytest.approx(0.25 * math.tanh(-3))


@given(x_TN=arrays(np.float64, (7, 3), elements=st.floats(-0.7, 3)), keep=st.floats(0.1, 0.9), detach=st.booleans())
def test_degree_1_is_lif_above_the_bound(x_TN, keep, detach):
    """No potential falls below -5 here, and one above has fired: spikes, potentials and gradients are equal."""
    runs = []
    for made in (
        neuron([keep], bounding="clip5", v_threshold=1.0, surrogate="triangle", detach_reset=detach),
        lif.Neuron(LifParams(tau=-1 / math.log(keep), detach_reset=detach)),
    ):
        x = torch.tensor(x_TN, requires_grad=True)
        s, state = made(x)
        (s.cumsum(0).sum() + state.v_B.sum()).backward()
        runs.append((s.detach(), state.v_B.detach(), x.grad))
    assert_close(runs[0], runs[1], rtol=1e-10, atol=1e-12)


@given(theta=coefficients)
def test_rest_stays_rest(theta):
    s, state = neuron(theta)(torch.zeros(5, 2, dtype=torch.float64))
    assert s.sum() == state.v_B.abs().sum() == 0


def test_a_degree_below_1_and_an_unknown_bounding_are_refused():
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        Params(degree=0)
    with pytest.raises(ValueError, match="'clip1', 'clip5' or 'tanh'"):
        Params(bounding="relu")
