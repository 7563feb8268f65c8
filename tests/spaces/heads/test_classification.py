"""Classes: the two losses against their formulas, the accuracy against a count. Shapes: T steps, B batch, K classes."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spaces.fittings.params.gradient import Params
from spaces.heads import Classification
from spaces.tasks import Split

HEAD = Classification()


def cross_entropy(logits, label):
    return -logits[label] + math.log(sum(math.exp(v) for v in logits))


readouts = st.lists(
    st.lists(st.lists(st.floats(-5, 5), min_size=3, max_size=3), min_size=2, max_size=2), min_size=1, max_size=4
)
labels = st.lists(st.integers(0, 2), min_size=2, max_size=2)


@given(o=readouts, y=labels)
def test_tet_is_the_published_formula(o, y):
    """1/T sum_t (1 - l) CE(O[t], y) + l MSE(O[t], V_th), with V_th = 1 and means over the batch."""
    expected = 0.0
    for o_t in o:
        ce = sum(cross_entropy(row, label) for row, label in zip(o_t, y, strict=True)) / len(y)
        mse = sum((v - 1) ** 2 for row in o_t for v in row) / (len(y) * 3)
        expected += (0.7 * ce + 0.3 * mse) / len(o)
    found = HEAD.loss(torch.tensor(o, dtype=torch.float64), torch.tensor(y), Params(loss="tet", tet_lambda=0.3)).item()
    assert found == pytest.approx(expected, rel=1e-9)


@given(o=readouts, y=labels)
def test_cross_entropy_is_that_of_the_mean_readout(o, y):
    means = [[sum(o_t[b][k] for o_t in o) / len(o) for k in range(3)] for b in range(2)]
    expected = sum(cross_entropy(row, label) for row, label in zip(means, y, strict=True)) / 2
    found = HEAD.loss(torch.tensor(o, dtype=torch.float64), torch.tensor(y), Params(loss="cross_entropy")).item()
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("loss", ["cross_entropy", "tet"])
def test_label_smoothing_moves_its_share_to_all_classes(loss):
    o_TBK = torch.randn(1, 5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    y_B = torch.tensor([0, 1, 2, 1, 0])
    found = HEAD.loss(o_TBK, y_B, Params(loss=loss, tet_lambda=0.0, label_smoothing=0.3)).item()
    target = 0.7 * torch.eye(3, dtype=torch.float64)[y_B] + 0.1
    assert found == pytest.approx(-(target * o_TBK[0].log_softmax(1)).sum(1).mean().item())


def test_the_score_is_the_share_of_samples_whose_largest_mean_readout_is_right():
    o_TBK = torch.randn(4, 7, 3, generator=torch.Generator().manual_seed(0))
    y_B = torch.tensor([0, 1, 2, 0, 1, 2, 0])
    network = lambda x_B1: o_TBK[:, x_B1[:, 0].long()]  # noqa: E731
    numbers = torch.arange(7)[:, None]
    votes = [max(range(3), key=lambda k, b=b: sum(o_TBK[t, b, k].item() for t in range(4))) for b in range(7)]
    expected = sum(vote == label for vote, label in zip(votes, y_B.tolist(), strict=True)) / 7
    assert 0 < expected < 1
    assert HEAD.score(network, [Split(numbers[:3], y_B[:3]), Split(numbers[3:], y_B[3:])]) == expected


def test_it_takes_a_readout_a_class_or_more():
    y_B = torch.tensor([0, 4, 1])
    assert [HEAD.takes(n, y_B) for n in (4, 5, 6)] == [False, True, True]
    assert HEAD.needs(y_B) == 5
