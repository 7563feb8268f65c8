"""Augmentations of a batch of images; all that is random comes from the generator given.

Shapes: N samples, C channels, H height, W width.
"""

import torch
from torch import Generator, Tensor
from torch.nn.functional import pad


def shifted(x_NCHW: Tensor, most: int, generator: Generator) -> Tensor:
    """Each image moved by up to `most` pixels either way, black where nothing was: a random crop of the padded one."""
    n, channels, height, width = x_NCHW.shape
    down_N, right_N = torch.randint(2 * most + 1, (2, n), generator=generator)
    rows_NH = down_N[:, None] + torch.arange(height)
    columns_NW = right_N[:, None] + torch.arange(width)
    image, channel = torch.arange(n)[:, None, None, None], torch.arange(channels)[None, :, None, None]
    return pad(x_NCHW, [most] * 4)[image, channel, rows_NH[:, None, :, None], columns_NW[:, None, None, :]]


def mirrored(x_NCHW: Tensor, generator: Generator) -> Tensor:
    """Each image, with probability 1/2, left for right."""
    mirror_N = torch.rand(len(x_NCHW), generator=generator) < 0.5
    return torch.where(mirror_N[:, None, None, None], x_NCHW.flip(-1), x_NCHW)


def cutout(x_NCHW: Tensor, side: int, generator: Generator) -> Tensor:
    """A square of each image set to 0, its centre anywhere in the image (DeVries & Taylor 2017)."""
    n, _, height, width = x_NCHW.shape
    row_N = torch.randint(height, (n,), generator=generator)
    column_N = torch.randint(width, (n,), generator=generator)
    rows_NH = _within(torch.arange(height) - row_N[:, None], side)
    columns_NW = _within(torch.arange(width) - column_N[:, None], side)
    return x_NCHW * ~(rows_NH[:, None, :, None] & columns_NW[:, None, None, :])


def _within(distance: Tensor, side: int) -> Tensor:
    return (distance >= -(side // 2)) & (distance < side - side // 2)
