"""Numbers at every step: loss and score against scikit-learn. Shapes: T steps, B sequences, K numbers."""

import pytest
import torch
from sklearn.metrics import mean_squared_error, r2_score

from spaces.heads import Regression
from spaces.heads.regression import nrmse
from spaces.tasks import Split

T, B, K, WASHOUT = 7, 5, 3, 2


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def counted(z_BTK):
    """Steps after the washout of all sequences, in any order that is the same for all."""
    return z_BTK[:, WASHOUT:].reshape(-1, K).numpy()


def test_the_loss_is_the_mean_squared_error_of_the_steps_that_count():
    o_TBK, y_BTK = normal(T, B, K), normal(B, T, K, seed=1)
    expected = mean_squared_error(counted(y_BTK), counted(o_TBK.transpose(0, 1)))
    assert Regression(nrmse, WASHOUT).loss(o_TBK, y_BTK).item() == pytest.approx(expected)
    changed = o_TBK.clone()
    changed[:WASHOUT] += 100
    assert Regression(nrmse, WASHOUT).loss(changed, y_BTK).item() == pytest.approx(expected)


def test_the_score_is_the_normalised_error_over_all_batches():
    o_TBK, y_BTK = normal(T, B, K), normal(B, T, K, seed=1) + torch.tensor([0.0, 5.0, -3.0])
    network = lambda x_B1: o_TBK[:, x_B1[:, 0].long()]  # noqa: E731
    numbers = torch.arange(B)[:, None]
    batches = [Split(numbers[:2], y_BTK[:2]), Split(numbers[2:], y_BTK[2:])]
    r2_K = r2_score(counted(y_BTK), counted(o_TBK.transpose(0, 1)), multioutput="raw_values")
    assert Regression(nrmse, WASHOUT).score(network, batches) == pytest.approx(((1 - r2_K) ** 0.5).mean())


def test_it_takes_as_many_readouts_as_there_are_numbers():
    head, y_BTK = Regression(nrmse), normal(B, T, K)
    assert [head.takes(n, y_BTK) for n in (K - 1, K, K + 1)] == [False, True, False]
    assert head.needs(y_BTK) == K
