"""Tiny ImageNet (Stanford CS231n 2015): a folder of JPEGs for each class.

Its official validation images, whose classes are public, are the test part here; classes are numbered by the order of
their WordNet identifiers.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch

from spaces.errors import UserError
from spaces.tasks import Data, Split, _images
from spaces.tasks._files import folder
from spaces.tasks.params.tiny_imagenet import Params


def load(params: Params | None = None) -> Data:
    """From the folder tiny-imagenet-200: images as uint8 (N, 3, 64, 64), classes as int64 (N,)."""
    params = params or Params()
    path = folder(params.name, "tiny-imagenet-200", ["wnids.txt", "train", "val/images", "val/val_annotations.txt"])
    number = {wnid: i for i, wnid in enumerate(sorted((path / "wnids.txt").read_text().split()))}
    train = ((f, number[w]) for w in number for f in sorted((path / "train" / w / "images").glob("*.JPEG")))
    lines = (line.split("\t") for line in (path / "val/val_annotations.txt").read_text().splitlines())
    test = ((path / "val/images" / file, number[wnid]) for file, wnid, *_ in lines)
    augment = _images.standard if params.augment == "standard" else _images.unchanged
    return _images.data(_read(train), _read(test), params.split_seed, augment)


def _read(files: Iterable[tuple[Path, int]]) -> Split:
    try:
        from PIL import Image
    except ImportError as error:
        raise UserError("task tiny_imagenet: Pillow is not installed; run: pip install 'searchsvc[server]'") from error
    images, classes = [], []
    for file, number in files:
        with Image.open(file) as image:
            images.append(np.asarray(image.convert("RGB")))  # some are grey
        classes.append(number)
    return Split(torch.from_numpy(np.stack(images)).movedim(-1, 1).contiguous(), torch.tensor(classes))
