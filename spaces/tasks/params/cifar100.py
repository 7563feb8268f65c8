from typing import ClassVar, Literal

from spaces.tasks.params._cifar import CifarParams


class Params(CifarParams):
    """CIFAR-100: 60000 photographs of 32 x 32 pixels, 100 classes; read from its binary version."""

    name: Literal["cifar100"] = "cifar100"

    classes: ClassVar[int] = 100
    images: ClassVar[tuple[int, int]] = (500, 100)
    cutout: ClassVar[int] = 8
