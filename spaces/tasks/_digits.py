"""The images behind every digits task (Alpaydin & Kaynak 1998, as shipped with scikit-learn), split once.

Shapes: N samples, H height, W width.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from spaces.errors import UserError
from spaces.tasks import Data, Split


class Part(NamedTuple):
    grey_NHW: Tensor  # float32, 0 to 16
    y_N: Tensor  # int64


def scaled(seed: int, shape: tuple[int, ...]) -> Data:
    """Images as float32 (N, *shape), scaled by mean and deviation of the training part alone; classes as int64 (N,)."""
    drawn = parts(seed)
    grey = drawn[0].grey_NHW.double()
    mean, deviation = grey.mean().item(), grey.std(correction=0).item()
    train, validation, test = (Split(((p.grey_NHW - mean) / deviation).reshape(-1, *shape), p.y_N) for p in drawn)
    return Data(train, validation, test, {"subtract": mean, "divide_by": deviation})


def parts(seed: int, train_samples: int | None = None) -> tuple[Part, Part, Part]:
    """Training, validation and test part: 60/20/20 by seed, stratified; of the training part `train_samples` or all."""
    try:
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split
    except ImportError as error:
        raise UserError("task digits: scikit-learn is not installed; run: pip install 'searchsvc[server]'") from error

    x, y = load_digits(return_X_y=True)
    x, x_rest, y, y_rest = train_test_split(x, y, test_size=720, random_state=seed, stratify=y)
    x_val, x_test, y_val, y_test = train_test_split(x_rest, y_rest, test_size=360, random_state=seed, stratify=y_rest)
    if train_samples and train_samples < len(y):
        x, _, y, _ = train_test_split(x, y, train_size=train_samples, random_state=seed, stratify=y)

    def part(x: object, y: object) -> Part:
        return Part(torch.as_tensor(x, dtype=torch.float32).reshape(-1, 8, 8), torch.as_tensor(y, dtype=torch.int64))

    return part(x, y), part(x_val, y_val), part(x_test, y_test)
