"""Memory capacity against its definition, step by step, and against shuffles that are really drawn."""

import numpy as np
import pytest
import torch

from spaces.tasks.memory_capacity import capacity, delayed, load
from spaces.tasks.params.memory_capacity import Params


def noisy(n=400, k=3):
    generator = torch.Generator().manual_seed(0)
    y_nK = torch.rand(n, k, generator=generator)
    return y_nK + torch.randn(n, k, generator=generator) * torch.tensor([0.1, 1.0, 10.0]), y_nK


def test_a_target_is_the_input_of_so_many_steps_ago():
    data = load()
    for part in (data.train, data.validation, data.test):
        for d in (1, 2, 37, 100):
            assert torch.equal(part.y[:, 100:, d - 1], part.x[:, 100 - d : 1000 - d, 0])
    assert delayed(torch.arange(4.0).reshape(1, 4, 1), 3)[0].tolist() == [[0, 0, 0], [0, 0, 0], [1, 0, 0], [2, 1, 0]]


def test_at_least_ten_thousand_held_out_steps_are_scored():
    for part in (load().validation, load().test):
        assert part.x[:, Params.washout :].numel() >= 10_000


def test_inputs_are_uniform_and_white():
    u = load().train.x[..., 0].double()
    assert -1 <= u.min() < -0.99 and 0.99 < u.max() <= 1
    assert u.mean().abs() < 0.02 and u.var().item() == pytest.approx(1 / 3, rel=0.03)
    assert torch.corrcoef(torch.stack([u[:, 1:].flatten(), u[:, :-1].flatten()]))[0, 1].abs() < 0.03


def test_it_is_the_sum_of_squared_correlations_without_what_chance_gives():
    o_nK, y_nK = noisy()
    squared = [np.corrcoef(o.numpy(), y.numpy())[0, 1] ** 2 for o, y in zip(o_nK.T, y_nK.T, strict=True)]
    assert capacity(o_nK, y_nK) == pytest.approx(sum(squared) - 3 / 399, rel=1e-6)


def test_shuffled_inputs_give_nothing_on_average():
    o_nK, y_nK = noisy(n=60)
    generator = torch.Generator().manual_seed(1)
    shuffled = [capacity(o_nK, y_nK[torch.randperm(60, generator=generator)]) for _ in range(4000)]
    spread = np.std(shuffled) / np.sqrt(len(shuffled))
    assert abs(np.mean(shuffled)) < 4 * spread < 0.25 * 3 / 59  # so that the mean without correction would be seen


def test_a_readout_that_never_changes_recalls_nothing():
    _, y_nK = noisy()
    assert capacity(torch.ones_like(y_nK), y_nK) == pytest.approx(-3 / 399)
