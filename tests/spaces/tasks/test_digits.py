"""Digits against scikit-learn's own copy."""

import sys
from collections import Counter

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from spaces.errors import UserError
from spaces.tasks import digits
from spaces.tasks.params.digits import Params


@pytest.mark.parametrize("seed", [0, 7])
def test_the_parts_are_a_partition_of_the_1797_digits(seed):
    data = digits.load(Params(split_seed=seed))
    x, y = load_digits(return_X_y=True)
    # Undo the scaling: grey values are 0 to 16, and 0 and 16 are the smallest and largest of any part.
    low, high = data.train.x.min(), data.train.x.max()
    images = torch.cat([part.x for part in (data.train, data.validation, data.test)]).reshape(-1, 64)
    labels = torch.cat([part.y for part in (data.train, data.validation, data.test)])
    grey = ((images - low) / (high - low) * 16).round().int()
    ours = Counter((tuple(row), label) for row, label in zip(grey.tolist(), labels.tolist(), strict=True))
    assert ours == Counter((tuple(row), label) for row, label in zip(x.astype(int).tolist(), y.tolist(), strict=True))


def test_every_class_has_its_share_in_every_part():
    data = digits.load()
    share = np.bincount(load_digits().target) / 1797
    for part in (data.train, data.validation, data.test):
        np.testing.assert_allclose(np.bincount(part.y) / len(part.y), share, atol=0.005)


def test_missing_scikit_learn_is_answered_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(UserError, match=r"scikit-learn is not installed; run: pip install"):
        digits.load()
