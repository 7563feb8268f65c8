"""The filtered synapse against a loop in numpy, and against neurons with the same dynamics."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from spaces.part import Operations
from spaces.synapses.filtered import Params, Synapse


def make(tau=5.0, inputs=4, outputs=3, learned=True):
    torch.manual_seed(0)
    synapse = Synapse(Params(tau=tau, learned=learned), inputs, outputs).double()
    with torch.no_grad():
        synapse.a += 0.5 * torch.randn(outputs, dtype=torch.float64)
    return synapse


@given(seed=st.integers(0, 1000), tau=st.floats(0.2, 200), steps=st.integers(1, 20))
def test_currents_equal_a_loop_in_numpy(seed, tau, steps):
    synapse = make(tau)
    x_TBI = np.random.default_rng(seed).standard_normal((steps, 2, 4))
    i_BO, expected = np.zeros((2, 3)), []
    tau_O = synapse.recorded()["tau"].detach().numpy()
    for x_BI in x_TBI:
        i_BO = np.exp(-1 / tau_O) * i_BO + x_BI @ synapse.weight.detach().numpy().T
        expected.append(i_BO)
    with torch.no_grad():
        found, last = synapse(torch.from_numpy(x_TBI))
    np.testing.assert_allclose(found.numpy(), np.stack(expected), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(last.numpy(), found[-1].numpy())


@pytest.mark.parametrize("tau", [0.05, 1.0, 5.0, 1000.0])
def test_it_begins_with_the_time_constant_that_it_is_given(tau):
    synapse = Synapse(Params(tau=tau), 2, 3)
    assert_close(synapse.recorded()["tau"], torch.full((3,), tau), rtol=1e-4, atol=0)


def test_the_sum_of_an_impulse_is_that_of_a_geometric_series():
    synapse = make(tau=3.0)
    x_TBI = torch.zeros(400, 1, 4, dtype=torch.float64)
    x_TBI[0] = 1
    keep_O = torch.exp(-1 / synapse.recorded()["tau"])
    assert_close(synapse(x_TBI)[0].sum(0)[0], synapse.weight.sum(1) / (1 - keep_O))


def test_time_constants_that_are_not_learned_are_no_parameters_but_are_stored_with_the_weights():
    synapse = make(learned=False)
    assert dict(synapse.named_parameters()).keys() == {"weight"}
    assert synapse.own_parameters() == {} and synapse.recorded() == {}
    assert synapse.state_dict().keys() == {"weight", "a"}
    learned = make()
    assert learned.own_parameters().keys() == {"a"} and learned.recorded().keys() == {"tau"}


def test_a_step_costs_its_connections_and_a_mac_an_output_for_the_decay():
    # 5 steps x 2 samples x 3 outputs: 120 connections and 30 decays; 20 % of the inputs are spikes.
    synapse, x_TBI = make(), torch.zeros(5, 2, 4, dtype=torch.float64)
    x_TBI[0] = 1
    assert synapse.operations(x_TBI, synapse(x_TBI)[0]) == Operations(macs=30, acs=24, sops=24)
    analogue = x_TBI + 0.5
    assert synapse.operations(analogue, synapse(analogue)[0]) == Operations(macs=120 + 30)


def test_what_is_learned_reaches_a_time_constant_by_descent():
    """Of two synapses with the same weights the one with another time constant finds the other's."""
    teacher, pupil = make(tau=8.0), make(tau=2.0)
    x_TBI = (torch.rand(30, 16, 4, dtype=torch.float64) < 0.3).double()
    target = teacher(x_TBI)[0].detach()
    optimiser = torch.optim.Adam([pupil.a], 0.1)
    for _ in range(300):
        optimiser.zero_grad()
        (pupil(x_TBI)[0] - target).square().mean().backward()
        optimiser.step()
    assert_close(pupil.recorded()["tau"], teacher.recorded()["tau"], rtol=0.01, atol=0)


def test_parameters_outside_their_range_are_refused():
    for tau in (0, -1.0, math.inf):
        with pytest.raises(ValueError, match="tau"):
            Params(tau=tau)
