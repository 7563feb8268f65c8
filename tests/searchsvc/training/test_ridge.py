"""Readouts against scikit-learn's ridge regression, and trials of reservoirs."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from searchsvc.training.ridge import fit
from searchsvc.training.trials import begin, train
from spaces import configuration
from spaces.errors import Diverged, UserError
from spaces.networks import build, load_weights
from spaces.tasks import Split, memory_capacity

CONFIG = {
    "network": {"name": "reservoir", "units": 30},
    "neurons": [],
    "input_shape": [1000, 1],
    "classes": 100,
    "time_steps": 1000,
    "encoding": "frames",
    "task": "memory_capacity",
    "training": {"name": "ridge"},
}


def config(**network):
    return configuration.read({**CONFIG, "network": {**CONFIG["network"], **network}})


def score(result, split):
    return result.metrics[f"memory_capacity/{split}"]


@pytest.mark.parametrize("regularisation", [1e-3, 1.0])
def test_the_readout_is_that_of_ridge_regression(regularisation):
    generator = torch.Generator().manual_seed(0)
    r_nN = torch.randn(200, 8, generator=generator) * torch.linspace(0.1, 3, 8) + 5
    y_nK = torch.randn(200, 3, generator=generator) + r_nN[:, :3]
    readout = torch.nn.Linear(8, 3)
    with torch.no_grad():
        fit(readout, r_nN, y_nK, regularisation)
    penalty = regularisation * 200 * r_nN.double().var(0, correction=0).mean().item()
    expected = Ridge(alpha=penalty).fit(r_nN.double().numpy(), y_nK.double().numpy())
    np.testing.assert_allclose(readout.weight.detach(), expected.coef_, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(readout.bias.detach(), expected.intercept_, rtol=1e-5)


def test_equal_trials_give_equal_reports_and_another_seed_draws_another_network():
    (_, one), (_, again), (_, other) = (train(config(), seed) for seed in (1, 1, 2))
    assert one.metrics | {"seconds": 0} == again.metrics | {"seconds": 0}
    assert score(one, "validation") != score(other, "validation")


def test_saved_weights_give_the_fitted_network_whatever_it_was_drawn_with(tmp_path):
    from safetensors.torch import save_model

    network, result = train(config(), 1)
    save_model(network, str(tmp_path / "weights.safetensors"))
    pulled = load_weights(build(config(), seed=2), tmp_path / "weights.safetensors")
    part = memory_capacity.load().test
    o_TBK = pulled(part.x)
    assert o_TBK.shape == (1000, 13, 100)
    scored = o_TBK[200:].flatten(0, 1).detach(), part.y.transpose(0, 1)[200:].flatten(0, 1)
    assert memory_capacity.capacity(*scored) == pytest.approx(score(result, "test"), rel=1e-6)


def test_the_test_part_is_scored_apart():
    _, result = train(config(), 1)
    assert score(result, "test") != score(result, "validation")
    assert score(result, "test") == pytest.approx(score(result, "validation"), rel=0.1)


def test_more_units_and_longer_chains_of_memory_hold_more():
    """Its limits are known: the number of units, and nothing without input (Jaeger 2001)."""
    short, long_ = (
        score(train(config(units=n, tau_excitatory={"family": "gamma", "mean": 5, "cv": 1}), 0)[1], "test")
        for n in (20, 200)
    )
    assert 1 < short < 20 and short < long_ < 200  # as many as units
    deaf = train(config(input_share=0), 0)[1]
    assert abs(score(deaf, "test")) < 0.05


def test_a_reservoir_that_explodes_is_an_outcome():
    trial = begin(config(), 0)
    trial.network.recurrent_NN.fill_(torch.nan)
    with pytest.raises(Diverged, match="states are not finite"):
        trial.step()


def test_a_readout_that_cannot_be_fitted_is_an_outcome():
    """All units do the same, and nothing to speak of is added to the diagonal."""
    trial = begin(configuration.read({**CONFIG, "training": {"name": "ridge", "regularisation": 1e-30}}), 0)
    trial.network.recurrent_NN.zero_()
    trial.network.input_NF.fill_(1)
    with pytest.raises(Diverged, match=r"no readout can be fitted .* raise regularisation"):
        trial.step()


def test_scores_that_are_not_finite_are_an_outcome():
    trial = begin(config(), 0)
    train_part = trial.data.train
    trial.data = replace(trial.data, train=Split(train_part.x, 1e38 * train_part.y))
    with pytest.raises(Diverged, match="scores are not finite"):
        trial.step()


def test_a_configuration_by_hand_for_other_sequences_is_refused():
    with pytest.raises(UserError, match=r"got input_shape \[1000, 2\] and 100 classes; .* needs \[1000, 1\] and 100"):
        begin(configuration.read({**CONFIG, "input_shape": [1000, 2]}), 0)
