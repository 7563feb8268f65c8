from typing import ClassVar, Literal

from pydantic import Field

from spaces.tasks.params._images import ImageParams


class Params(ImageParams):
    """Tiny ImageNet: 100000 photographs of 64 x 64 pixels to train on, 10000 to test on, 200 classes."""

    name: Literal["tiny_imagenet"] = "tiny_imagenet"
    augment: Literal["none", "standard"] = Field(
        "standard", description="of training images; standard: shifted by up to 4 pixels and mirrored at random"
    )

    input_shape: ClassVar[tuple[int, ...]] = (3, 64, 64)
    samples: ClassVar[int] = 110_000
    number_bytes: ClassVar[int] = 1
    classes: ClassVar[int] = 200
    images: ClassVar[tuple[int, int]] = (500, 50)
