from typing import ClassVar, Literal

from pydantic import Field

from spaces.metrics import Metric
from spaces.tasks.params._base import Encoding, Targets, TaskParams


class Params(TaskParams):
    """Recall a random input of 1 to 100 steps ago: 1000 steps of one number, 100 readouts at each."""

    name: Literal["memory_capacity"] = "memory_capacity"
    split_seed: int = Field(0, ge=0, lt=2**32, description="of the inputs")

    input_shape: ClassVar[tuple[int, ...]] = (1000, 1)
    classes: ClassVar[int] = 100
    encoding: ClassVar[Encoding] = "frames"
    time_steps: ClassVar[int] = 1000
    targets: ClassVar[Targets] = "sequences"
    metric: ClassVar[Metric] = Metric("memory_capacity", "max", lowest=0.0)
    highest: ClassVar[float | None] = 100.0
    washout: ClassVar[int] = 200
