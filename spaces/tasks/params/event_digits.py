from typing import ClassVar, Literal

from pydantic import Field

from spaces.params import Fraction
from spaces.tasks.params._base import Encoding, TaskParams


class Params(TaskParams):
    """scikit-learn's digits as event frames: the image moves along three saccades, 12 steps of ON and OFF events."""

    name: Literal["event_digits"] = "event_digits"
    split_seed: int = Field(0, ge=0, lt=2**32, description="seed of the 60/20/20 split and of its deleted events")
    deletion: Fraction = Field(0.2, description="probability that an event is lost")
    train_samples: int | None = Field(None, ge=10, le=1067, description="of the training part; null: all 1077")

    input_shape: ClassVar[tuple[int, ...]] = (12, 2, 16, 16)
    samples: ClassVar[int] = 1797
    number_bytes: ClassVar[int] = 1
    classes: ClassVar[int] = 10
    encoding: ClassVar[Encoding] = "frames"
    time_steps: ClassVar[int] = 12
