"""CIFAR (Krizhevsky 2009), binary version: records of label bytes and 3072 pixels, red, green, blue, row by row."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor

from spaces.errors import UserError
from spaces.tasks import Data, Split, _augment, _images
from spaces.tasks._autoaugment import autoaugment
from spaces.tasks._files import folder
from spaces.tasks.params._cifar import CifarParams

PIXELS = 3 * 32 * 32


def load(params: CifarParams, name: str, train: Sequence[str], test: str, labels: int) -> Data:
    """Images as uint8 (N, 3, 32, 32), classes as int64 (N,); of several label bytes the last is the class."""
    path = folder(params.name, name, [*train, test])
    full = params.augment == "autoaugment"
    augment = {"none": _images.unchanged, "standard": _images.standard, "autoaugment": _policy}[params.augment]
    cutout = partial(_cutout, params.cutout) if full else None
    parts = [read(path / file, labels) for file in train]
    whole = Split(torch.cat([part.x for part in parts]), torch.cat([part.y for part in parts]))
    return _images.data(whole, read(path / test, labels), params.split_seed, augment, cutout)


def read(file: Path, labels: int) -> Split:
    content, record = np.fromfile(file, np.uint8), labels + PIXELS
    if len(content) % record:
        raise UserError(
            f"task: {file} has {len(content)} bytes, which is no multiple of a record's {record}; fetch it again"
        )
    records = torch.from_numpy(content.reshape(-1, record))
    return Split(records[:, labels:].reshape(-1, 3, 32, 32), records[:, labels - 1].long())


def _policy(x_NCHW: Tensor, generator: Generator) -> Tensor:
    return autoaugment(_images.standard(x_NCHW, generator), generator)


def _cutout(side: int, x_NCHW: Tensor, generator: Generator) -> Tensor:
    return _augment.cutout(x_NCHW, side, generator)
