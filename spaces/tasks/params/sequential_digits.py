from typing import ClassVar, Literal

from pydantic import Field

from spaces.tasks.params._base import Encoding, TaskParams


class Params(TaskParams):
    """scikit-learn's digits read pixel by pixel: 64 steps of one grey value, for recurrent networks."""

    name: Literal["sequential_digits"] = "sequential_digits"
    split_seed: int = Field(0, ge=0, lt=2**32, description="seed of the 60/20/20 split")

    input_shape: ClassVar[tuple[int, ...]] = (64, 1)
    samples: ClassVar[int] = 1797
    classes: ClassVar[int] = 10
    encoding: ClassVar[Encoding] = "frames"
    time_steps: ClassVar[int] = 64
