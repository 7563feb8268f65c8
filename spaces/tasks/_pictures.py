"""Image files of one size, in folders; whatever else lies there is an error that names it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from spaces.errors import UserError
from spaces.tasks._files import visible

SUFFIXES = (".jpeg", ".jpg", ".png")
MODES = ("RGB", "L", "P", "CMYK")  # of Pillow, that have 8 bits a colour and nothing transparent


def listed(folder: Path, beside: str) -> list[Path]:
    """The images of a folder, or of its folder ``images``; a text file `beside` either may be there."""
    inner = folder / "images"
    if not inner.is_dir():
        return _pictures(folder, {beside})
    if other := [entry for entry in visible(folder) if entry.name not in (beside, inner.name)]:
        raise UserError(f"{other[0]} lies beside {inner}; expected are images in one of both")
    return _pictures(inner, {beside})


def _pictures(folder: Path, others: set[str]) -> list[Path]:
    files = [file for file in visible(folder) if file.name not in others]
    for file in files:
        if file.suffix.lower() not in SUFFIXES or not file.is_file():
            raise UserError(f"{file} is no image; expected are files of {', '.join(SUFFIXES)}")
    names: dict[str, Path] = {}
    for file in files:
        if (one := names.setdefault(file.stem, file)) != file:
            raise UserError(f"{file} has the name of {one.name}; expected is one file an image")
    return files


def read(files: Sequence[Path], side: int) -> Tensor:
    """Images of `side` x `side` pixels as uint8 (N, 3, side, side)."""
    x_NCHW = torch.empty(len(files), 3, side, side, dtype=torch.uint8)
    for x_CHW, file in zip(x_NCHW, files, strict=True):
        x_CHW.copy_(torch.from_numpy(_pixels(file, side)).movedim(-1, 0))
    return x_NCHW


def _pixels(file: Path, side: int) -> "np.ndarray[Any, Any]":
    try:
        from PIL import Image
    except ImportError as error:
        raise UserError("Pillow is not installed; run: pip install 'searchsvc[server]'") from error
    expected = f"expected are {side} x {side} pixels of 8 bits in grey or colour"
    try:
        with Image.open(file) as image:
            found = f"{image.width} x {image.height} pixels of mode {image.mode}"
            if image.size == (side, side) and image.mode in MODES:
                return np.array(image.convert("RGB"))  # some are grey
    except Exception as error:  # Pillow raises almost anything at a broken file
        if isinstance(error, OSError) and error.errno is not None:  # the file cannot be read at all
            raise
        size = file.stat().st_size
        raise UserError(f"{file} has {size} bytes that are no whole image; {expected}; fetch it again") from error
    raise UserError(f"{file} has {found}; {expected}")
