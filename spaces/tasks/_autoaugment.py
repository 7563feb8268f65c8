"""AutoAugment's policy for CIFAR-10 (Cubuk et al. 2019, table 7): one of 25 pairs of operations for each image.

Magnitudes 0 to 9 span the ranges of the paper's table 6; shears, shifts, turns and adjustments take either sign.
Shapes: N samples, C channels, H height, W width.
"""

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Generator, Tensor

from spaces.errors import UserError

if TYPE_CHECKING:
    from PIL import Image

Operation = tuple[str, float, int]  # name, probability, magnitude
POLICY: tuple[tuple[Operation, Operation], ...] = (
    (("invert", 0.1, 7), ("contrast", 0.2, 6)),
    (("rotate", 0.7, 2), ("translate_x", 0.3, 9)),
    (("sharpness", 0.8, 1), ("sharpness", 0.9, 3)),
    (("shear_y", 0.5, 8), ("translate_y", 0.7, 9)),
    (("auto_contrast", 0.5, 8), ("equalize", 0.9, 2)),
    (("shear_y", 0.2, 7), ("posterize", 0.3, 7)),
    (("color", 0.4, 3), ("brightness", 0.6, 7)),
    (("sharpness", 0.3, 9), ("brightness", 0.7, 9)),
    (("equalize", 0.6, 5), ("equalize", 0.5, 1)),
    (("contrast", 0.6, 7), ("sharpness", 0.6, 5)),
    (("color", 0.7, 7), ("translate_x", 0.5, 8)),
    (("equalize", 0.3, 7), ("auto_contrast", 0.4, 8)),
    (("translate_y", 0.4, 3), ("sharpness", 0.2, 6)),
    (("brightness", 0.9, 6), ("color", 0.2, 8)),
    (("solarize", 0.5, 2), ("invert", 0.0, 3)),
    (("equalize", 0.2, 0), ("auto_contrast", 0.6, 0)),
    (("equalize", 0.2, 8), ("equalize", 0.6, 4)),
    (("color", 0.9, 9), ("equalize", 0.6, 6)),
    (("auto_contrast", 0.8, 4), ("solarize", 0.2, 8)),
    (("brightness", 0.1, 3), ("color", 0.7, 0)),
    (("solarize", 0.4, 5), ("auto_contrast", 0.9, 3)),
    (("translate_y", 0.9, 9), ("translate_y", 0.7, 9)),
    (("auto_contrast", 0.9, 2), ("solarize", 0.8, 3)),
    (("equalize", 0.8, 8), ("invert", 0.1, 3)),
    (("translate_y", 0.7, 9), ("auto_contrast", 0.9, 1)),
)


def autoaugment(x_NCHW: Tensor, generator: Generator) -> Tensor:
    """Of uint8 images."""
    try:
        from PIL import Image
    except ImportError as error:
        raise UserError("augment: Pillow is not installed; run: pip install 'searchsvc[server]'") from error
    chosen_N = torch.randint(len(POLICY), (len(x_NCHW),), generator=generator).tolist()
    draws_N22 = torch.rand(len(x_NCHW), 2, 2, generator=generator).tolist()  # of each operation: whether, and its sign
    out = []
    for x_CHW, pair, draws in zip(x_NCHW, chosen_N, draws_N22, strict=True):
        image = Image.fromarray(x_CHW.movedim(0, -1).numpy())
        for (name, probability, magnitude), (whether, sign) in zip(POLICY[pair], draws, strict=True):
            if whether < probability:
                image = apply(image, name, magnitude / 9, 1 if sign < 0.5 else -1)
        out.append(torch.from_numpy(np.array(image)).movedim(-1, 0))
    return torch.stack(out)


def apply(image: "Image.Image", name: str, magnitude: float, sign: int) -> "Image.Image":
    """One operation at a `magnitude` from 0 to 1."""
    from PIL import Image, ImageEnhance, ImageOps

    def affine(*matrix: float) -> "Image.Image":
        return image.transform(image.size, Image.Transform.AFFINE, matrix)

    width, height = image.size
    far = sign * magnitude * 150 / 331
    match name:
        case "shear_y":
            return affine(1, 0, 0, sign * 0.3 * magnitude, 1, 0)
        case "translate_x":
            return affine(1, 0, far * width, 0, 1, 0)
        case "translate_y":
            return affine(1, 0, 0, 0, 1, far * height)
        case "rotate":
            return image.rotate(sign * 30 * magnitude)
        case "posterize":
            return ImageOps.posterize(image, 8 - round(4 * magnitude))
        case "solarize":
            return ImageOps.solarize(image, round(256 * (1 - magnitude)))
        case "invert":
            return ImageOps.invert(image)
        case "equalize":
            return ImageOps.equalize(image)
        case "auto_contrast":
            return ImageOps.autocontrast(image)
        case _:  # color, contrast, brightness, sharpness
            enhanced: Image.Image = getattr(ImageEnhance, name.title())(image).enhance(1 + sign * 0.9 * magnitude)
            return enhanced
