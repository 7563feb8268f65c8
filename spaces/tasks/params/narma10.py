from typing import ClassVar, Literal

from pydantic import Field

from spaces.metrics import Metric
from spaces.tasks.params._base import Encoding, Targets, TaskParams


class Params(TaskParams):
    """NARMA-10: follow a nonlinear system of tenth order that a random input drives; 200 steps of one number."""

    name: Literal["narma10"] = "narma10"
    split_seed: int = Field(0, ge=0, lt=2**32, description="of the inputs")

    input_shape: ClassVar[tuple[int, ...]] = (200, 1)
    classes: ClassVar[int] = 1
    encoding: ClassVar[Encoding] = "frames"
    time_steps: ClassVar[int] = 200
    targets: ClassVar[Targets] = "sequences"
    metric: ClassVar[Metric] = Metric("nrmse", "min", lowest=0.0, title="NRMSE")
    samples: ClassVar[int] = 96
    washout: ClassVar[int] = 50
