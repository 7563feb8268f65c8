from typing import ClassVar, Literal

from pydantic import Field

from spaces.tasks.params._base import TaskParams


class Params(TaskParams):
    """scikit-learn's 1797 real handwritten digits, 8 x 8 grey values, 10 classes."""

    name: Literal["digits"] = "digits"
    split_seed: int = Field(0, ge=0, lt=2**32, description="seed of the 60/20/20 split")

    input_shape: ClassVar[tuple[int, ...]] = (1, 8, 8)
    samples: ClassVar[int] = 1797
    classes: ClassVar[int] = 10
