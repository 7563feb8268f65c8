from typing import ClassVar, Literal

from pydantic import Field

from spaces.tasks.params._images import ImageParams


class CifarParams(ImageParams):
    """What both CIFAR tasks share."""

    augment: Literal["none", "standard", "autoaugment"] = Field(
        "standard",
        description="of training images; standard: shifted by up to 4 pixels and mirrored at random; "
        "autoaugment: also its CIFAR-10 policy, then Cutout",
    )

    input_shape: ClassVar[tuple[int, ...]] = (3, 32, 32)
    samples: ClassVar[int] = 60_000
    number_bytes: ClassVar[int] = 1
    cutout: ClassVar[int]  # side of the square, as DeVries & Taylor found best
