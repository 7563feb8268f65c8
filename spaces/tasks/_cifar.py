"""CIFAR (Krizhevsky 2009), binary version: records of label bytes and 3072 pixels, red, green, blue, row by row."""

from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor

from spaces.errors import UserError
from spaces.tasks import Data, Split, _augment, _images
from spaces.tasks._autoaugment import autoaugment
from spaces.tasks._files import folder, reading
from spaces.tasks.params._cifar import CifarParams

PIXELS = 3 * 32 * 32


def load(params: CifarParams, name: str, train: Sequence[str], test: str, labels: Sequence[int]) -> Data:
    """Images as uint8 (N, 3, 32, 32), classes as int64 (N,).

    `labels`: how many values each label byte of a record has; the last one is the class.
    """
    full = params.augment == "autoaugment"
    augment = {"none": _images.unchanged, "standard": _images.standard, "autoaugment": _policy}[params.augment]
    cutout = partial(_cutout, params.cutout) if full else None
    with reading(params.name):
        path = folder(name, [*train, test])
        of_class = params.images[0] // len(train), params.images[1]
        parts = [_read(path / file, labels, of_class[0] * params.classes, params.subset) for file in train]
        tests = _read(path / test, labels, of_class[1] * params.classes, params.subset)
        _all_differ([path / file for file in (*train, test)])
        whole = Split(torch.cat([part.x for part in parts]), torch.cat([part.y for part in parts]))
        _images.check_counts(params, whole.y, tests.y, path)
        _images.check_copies(whole.x, tests.x, path)
    return _images.data(whole, tests, params.split_seed, augment, cutout)


def _read(file: Path, labels: Sequence[int], published: int, subset: bool) -> Split:
    record, size = len(labels) + PIXELS, file.stat().st_size
    if size % record:
        raise UserError(f"{file} has {size} bytes, which is no multiple of a record's {record}; fetch it again")
    if size == 0 or size > published * record or (size < published * record and not subset):
        raise UserError(
            f"{file} has {size // record} records; expected are {published}; fetch it again, "
            "or say subset: true of the task if it is meant to have fewer"
        )
    records = torch.from_numpy(np.fromfile(file, np.uint8).reshape(-1, record))
    for column, values in enumerate(labels):
        if len(wrong := (records[:, column] >= values).nonzero()):
            found = int(records[wrong[0], column])
            raise UserError(f"{file}: record {int(wrong[0])} has label {found}; expected are 0 to {values - 1}")
    return Split(records[:, len(labels) :].reshape(-1, 3, 32, 32), records[:, len(labels) - 1].long())


def _all_differ(files: Sequence[Path]) -> None:
    seen: dict[bytes, Path] = {}
    for file in files:
        if (first := seen.setdefault(sha256(file.read_bytes()).digest(), file)) != file:
            raise UserError(f"{file} is a copy of {first.name}; expected are other images; fetch it again")


def _policy(x_NCHW: Tensor, generator: Generator) -> Tensor:
    return autoaugment(_images.standard(x_NCHW, generator), generator)


def _cutout(side: int, x_NCHW: Tensor, generator: Generator) -> Tensor:
    return _augment.cutout(x_NCHW, side, generator)
