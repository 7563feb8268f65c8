"""Least-squares fits of lower degree, against numpy's Legendre series and scipy's solver on a dense grid."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import Legendre, Polynomial
from scipy.linalg import lstsq

from searchsvc.training.compression import compressed, fit
from searchsvc.training.gradient import Trial
from tests.searchsvc.training.test_learned import config

thetas = st.lists(st.floats(-2, 2), min_size=2, max_size=6)


def grid(bound, powers, nodes=20_001):
    """u and its powers at the middles of equal parts of the interval."""
    u = bound * ((2 * np.arange(nodes) + 1) / nodes - 1)
    return np.stack([u**power for power in powers], 1)


@given(thetas, st.integers(1, 5), st.sampled_from([1.0, 5.0]))
def test_a_fit_is_the_least_squares_one_on_the_interval(theta, degree, bound):
    degree = min(degree, len(theta) - 1)
    f = grid(bound, range(1, len(theta) + 1)) @ theta
    basis = grid(bound, range(1, degree + 1))
    expected, *_ = lstsq(basis, f)
    ours = basis @ fit(theta, degree, bound)
    assert ours == pytest.approx(basis @ expected, abs=1e-5 * max(1.0, np.abs(f).max()))


@given(st.floats(-2, 2), st.floats(-2, 2), st.sampled_from([1.0, 5.0]))
def test_an_odd_polynomial_is_cut_as_a_legendre_series(first, third, bound):
    """Without even terms f(0) = 0 holds by itself, so the fit is numpy's truncated series."""
    series = Polynomial([0, first, 0, third]).convert(kind=Legendre, domain=[-bound, bound])
    line = series.truncate(2).convert(kind=Polynomial)
    assert fit([first, 0.0, third], 1, bound) == pytest.approx([line.coef[1] if len(line.coef) > 1 else 0.0], abs=1e-9)


@given(thetas)
def test_a_polynomial_of_the_degree_asked_for_is_its_own_fit(theta):
    assert fit([*theta, 0.0, 0.0], len(theta), 5.0) == pytest.approx(theta, abs=1e-9)


def test_only_longer_polynomials_get_shorter_and_the_network_keeps_its_own():
    trial = Trial(config({"name": "lnm", "degree": 1}, {"name": "lnm", "degree": 4, "bounding": "clip5"}, "lif"), 0)
    first, second, _ = (layer.neuron for layer in trial.network.layers)
    with torch.no_grad():
        second.theta.copy_(torch.tensor([0.5, -0.25, 0.125, 0.0625]))
    shorter = compressed(trial.network, 2)
    assert shorter is not None
    assert shorter.layers[0].neuron.theta.tolist() == first.theta.tolist() == [0.25]
    assert shorter.layers[1].neuron.theta.tolist() == pytest.approx(fit(second.theta.tolist(), 2, 5.0))
    assert second.theta.tolist() == [0.5, -0.25, 0.125, 0.0625]
    assert compressed(trial.network, 4) is None


def test_a_trial_scores_the_compressed_network_beside_its_own():
    trial = Trial(config({"name": "lnm", "degree": 3}, epochs=1, neuron_lr=1.0, compress_to=1), seed=0)
    result = trial.step().result
    theta = trial.network.layers[0].neuron.theta
    with torch.no_grad():
        theta.copy_(torch.tensor([*fit(theta.tolist(), 1, 1.0), 0.0, 0.0]))
    for split in ("validation", "test"):
        assert result.metrics[f"compressed_accuracy/{split}"] == trial.score(getattr(trial.data, split))
    plain = Trial(config({"name": "lnm", "degree": 1}, epochs=1, compress_to=1), seed=0).step().result
    assert not any("compressed" in name for name in plain.metrics)
