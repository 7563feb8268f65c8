from typing import ClassVar, Literal

from spaces.tasks.params._cifar import CifarParams


class Params(CifarParams):
    """CIFAR-10: 60000 photographs of 32 x 32 pixels, 10 classes; read from its binary version."""

    name: Literal["cifar10"] = "cifar10"

    classes: ClassVar[int] = 10
    images: ClassVar[tuple[int, int]] = (5000, 1000)
    cutout: ClassVar[int] = 16
