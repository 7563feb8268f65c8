"""From colour images and classes to a task's data: validation part, scaling, augmentation.

Images stay uint8; a batch is augmented and scaled when it is prepared.

Shapes: N samples, C channels, H height, W width.
"""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path

import torch
from torch import Generator, Tensor

from spaces.errors import UserError
from spaces.tasks import Data, Split
from spaces.tasks._augment import mirrored, shifted
from spaces.tasks.params._images import ImageParams

VALIDATION = 0.1
LEAST = {"train": 2, "test": 1}  # of every class: one image trains, one validates
COPIES = 0.2  # of a part's images that may be those of another; published sets hold a few
COLOURS = ("red", "green", "blue")
Augmentation = Callable[[Tensor, Generator], Tensor]


def data(train: Split, test: Split, seed: int, augment: Augmentation, cutout: Augmentation | None = None) -> Data:
    """`augment` sees uint8 images, `cutout` scaled ones, whose mean is 0."""
    train, validation = cut(train, seed)
    mean_C, deviation_C = scaling(train.x)

    def prepare(x_NCHW: Tensor, generator: Generator | None) -> Tensor:
        if generator:
            x_NCHW = augment(x_NCHW, generator)
        scaled_NCHW = (x_NCHW.float() - mean_C[:, None, None]) / deviation_C[:, None, None]
        return cutout(scaled_NCHW, generator) if generator and cutout else scaled_NCHW

    says = {f"subtract_{colour}": value for colour, value in zip(COLOURS, mean_C.tolist(), strict=True)}
    says |= {f"divide_by_{colour}": value for colour, value in zip(COLOURS, deviation_C.tolist(), strict=True)}
    return Data(train, validation, test, says, prepare)


def check_counts(
    params: ImageParams, train_N: Tensor, test_N: Tensor, path: Path, names: Sequence[str] | None = None
) -> None:
    """Every class has as many images as published; of a subset, at least one in every part.

    Raises:
        UserError: naming the folder and the first class that has not.
    """
    for (part, least), y_N, published in zip(LEAST.items(), (train_N, test_N), params.images, strict=True):
        for label, count in enumerate(torch.bincount(y_N, minlength=params.classes).tolist()):
            if count < least or count > published or (count < published and not params.subset):
                raise UserError(
                    f"{path} has {count} images to {part} on of class {names[label] if names else label}; expected are "
                    f"{published}, or with subset: true of the task {least} to {published}"
                )


def check_copies(train_NCHW: Tensor, test_NCHW: Tensor, path: Path) -> None:
    """Few images are equal to an earlier one, be it of the same part.

    Raises:
        UserError: naming the folder and how many are.
    """
    seen: set[bytes] = set()
    for part, x_NCHW in (("train", train_NCHW), ("test", test_NCHW)):
        digests = [blake2b(image.tobytes(), digest_size=16).digest() for image in x_NCHW.numpy()]
        new = set(digests) - seen
        if len(new) < (1 - COPIES) * len(digests):
            raise UserError(
                f"{path}: {len(digests) - len(new)} of {len(digests)} images to {part} on are copies of others; "
                "expected are other images; fetch it again"
            )
        seen |= new


def cut(whole: Split, seed: int) -> tuple[Split, Split]:
    """A training and a validation part, shuffled by `seed`: of every class a tenth, at least one, validates."""
    order_N = torch.randperm(len(whole.y), generator=Generator().manual_seed(seed))
    validates_N = torch.zeros(len(whole.y), dtype=torch.bool)
    for label in range(int(whole.y.max()) + 1):
        of_class = order_N[whole.y[order_N] == label]
        validates_N[of_class[: max(1, round(VALIDATION * len(of_class)))]] = True
    train, validation = order_N[~validates_N[order_N]], order_N[validates_N[order_N]]
    return Split(whole.x[train], whole.y[train]), Split(whole.x[validation], whole.y[validation])


def scaling(x_NCHW: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each channel, from counts of the 256 values so that nothing large is made."""
    values = torch.arange(256, dtype=torch.float64)
    shares = torch.stack([torch.bincount(x.flatten(), minlength=256) for x in x_NCHW.unbind(1)]).double()
    shares /= shares.sum(1, keepdim=True)
    mean_C = shares @ values
    deviation_C = (shares * (values - mean_C[:, None]) ** 2).sum(1).sqrt()
    return mean_C.float(), deviation_C.float()


def standard(x_NCHW: Tensor, generator: Generator) -> Tensor:
    """Shifted by up to 4 pixels, mirrored with probability 1/2 (He et al. 2016)."""
    return mirrored(shifted(x_NCHW, 4, generator), generator)


def unchanged(x_NCHW: Tensor, generator: Generator) -> Tensor:
    return x_NCHW
