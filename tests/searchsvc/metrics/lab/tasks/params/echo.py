from typing import ClassVar, Literal

from pydantic import Field

from spaces.metrics import Metric
from spaces.tasks.params._base import Encoding, Targets, TaskParams


class Params(TaskParams):
    """Recall a random input of 1 to 3 steps ago, scored by the error that is left."""

    name: Literal["echo"] = "echo"
    split_seed: int = Field(0, ge=0, lt=2**32, description="of the inputs")

    input_shape: ClassVar[tuple[int, ...]] = (120, 1)
    classes: ClassVar[int] = 3
    encoding: ClassVar[Encoding] = "frames"
    time_steps: ClassVar[int] = 120
    targets: ClassVar[Targets] = "sequences"
    metric: ClassVar[Metric] = Metric("error", unit="mV", factor=1e3, lowest=0.0, title="recall error")
    washout: ClassVar[int] = 20
