"""The reservoir against a literal loop, its topology against the stated probabilities, its draws against scipy."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from spaces import configuration
from spaces.errors import UserError
from spaces.networks import build
from spaces.networks.reservoir import recurrent_weights

GOOD = {
    "network": {"name": "reservoir"},
    "neurons": [],
    "input_shape": [1000, 1],
    "classes": 100,
    "time_steps": 1000,
    "encoding": "frames",
    "task": "memory_capacity",
    "training": {"name": "ridge"},
}


def network(seed=0, **fields):
    return build({**GOOD, "network": {"name": "reservoir", **fields}}, seed=seed)


@pytest.mark.parametrize("cell", ["rate", "lif"])
def test_states_are_those_of_the_literal_recurrence(cell):
    taus = {"family": "log_normal", "mean": 4, "cv": 0.8}
    made = network(cell=cell, units=25, tau_excitatory=taus, input_gain={"family": "dirac", "value": 3})
    u_BT1 = torch.rand(2, 60, 1, generator=torch.Generator().manual_seed(3)) * 2 - 1
    r_TBN = made.double().states(u_BT1.double())
    W, w, k = (made.get_buffer(name).numpy() for name in ("recurrent_NN", "input_NF", "keep_N"))
    q, fired = math.exp(-1 / 5), 0
    for b in range(2):
        v, s, r = np.zeros(25), np.zeros(25), np.zeros(25)
        for t in range(60):
            drive = W @ r + w[:, 0] * u_BT1[b, t].item()
            if cell == "rate":
                v = k * v + (1 - k) * drive
                r = np.tanh(v)
            else:
                v = np.where(s == 1, 0, k * v) + (1 - k) * (1 + drive)
                s = (v >= 1).astype(float)
                r = q * r + (1 - q) * s
                fired += s.sum()
            np.testing.assert_allclose(r_TBN[t, b].numpy(), r, rtol=1e-12, atol=1e-12)
    assert fired == 0 if cell == "rate" else fired > 50


def test_time_constants_are_drawn_from_the_distribution_of_their_kind():
    made = network(
        units=1000,
        tau_excitatory={"family": "gamma", "mean": 20, "cv": 0.5},
        tau_inhibitory={"family": "dirac", "value": 7},
    )
    tau_N = (-1 / made.keep_N.double().log()).numpy()
    inhibitory = (made.recurrent_NN < 0).any(0).numpy()  # by the signs of what they send
    assert tau_N[inhibitory] == pytest.approx(7, rel=1e-4)
    assert stats.kstest(tau_N[~inhibitory], stats.gamma(4, scale=5).cdf).pvalue > 0.01


def test_gains_multiply_what_a_unit_receives():
    one = network(gain_excitatory={"family": "dirac", "value": 1}, gain_inhibitory={"family": "dirac", "value": 1})
    other = network(gain_excitatory={"family": "dirac", "value": 0.5}, gain_inhibitory={"family": "dirac", "value": 3})
    inhibitory = (one.recurrent_NN < 0).any(0)
    assert inhibitory.sum() == 16
    torch.testing.assert_close(other.recurrent_NN[~inhibitory], 0.5 * one.recurrent_NN[~inhibitory])
    torch.testing.assert_close(other.recurrent_NN[inhibitory], 3 * one.recurrent_NN[inhibitory])
    assert torch.linalg.eigvals(one.recurrent_NN.double()).abs().max().item() == pytest.approx(1, abs=1e-5)


def test_units_are_connected_with_the_probability_of_their_distance():
    n, reach, connection = 1000, 2.0, 0.6
    inhibitory_N = torch.zeros(n, dtype=torch.bool)
    inhibitory_N[::5] = True
    connected = recurrent_weights(inhibitory_N, reach, connection, torch.Generator().manual_seed(0)).numpy() != 0
    place = np.array([(i // 32, i % 32) for i in range(n)])
    distance = np.sqrt(((place[:, None] - place) ** 2).sum(-1))
    for d in (1.0, math.sqrt(2), 2.0, 3.0):
        pairs = np.isclose(distance, d)
        expected = connection * math.exp(-((d / reach) ** 2))
        assert stats.binomtest(int(connected[pairs].sum()), int(pairs.sum()), expected).pvalue > 0.01
    assert not connected.diagonal().any()


def test_every_unit_excites_or_inhibits_and_both_balance():
    inhibitory_N = torch.zeros(500, dtype=torch.bool)
    inhibitory_N[400:] = True
    weight_NN = recurrent_weights(inhibitory_N, 50.0, 0.5, torch.Generator().manual_seed(0))
    assert (weight_NN[:, :400] >= 0).all() and (weight_NN[:, 400:] <= 0).all()
    assert -weight_NN[:, 400:].sum() == pytest.approx(weight_NN[:, :400].sum().item(), rel=0.05)


def test_the_stated_share_of_units_receives_input_of_either_sign():
    w_N = network(units=1000, input_gain={"family": "uniform", "low": 1, "high": 2}).input_NF[:, 0].numpy()
    assert stats.binomtest(int((w_N != 0).sum()), 1000, 0.3).pvalue > 0.01
    assert stats.binomtest(int((w_N > 0).sum()), int((w_N != 0).sum()), 0.5).pvalue > 0.01
    assert stats.kstest(np.abs(w_N[w_N != 0]), stats.uniform(1, 1).cdf).pvalue > 0.01


def test_time_constants_that_may_be_negative_are_refused():
    with pytest.raises(
        UserError, match=r"network.reservoir.tau_excitatory: got uniform with values that are not above"
    ):
        network(tau_excitatory={"family": "uniform", "low": -1, "high": 2})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"task": "digits"}, "task: got digits with network reservoir; allowed are .*memory_capacity"),
        (
            {"training": {}},
            "got gradient for network reservoir, which is fitted to memory_capacity by ridge; ",
        ),
    ],
)
def test_what_does_not_fit_a_reservoir_is_refused(changes, said):
    with pytest.raises(UserError, match=said):
        configuration.read({**GOOD, **changes})
