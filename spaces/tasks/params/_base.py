from typing import ClassVar, Literal

from spaces.metrics import ACCURACY, Metric
from spaces.params import Params

Encoding = Literal["direct", "frames"]
Targets = Literal["classes", "sequences"]


class TaskParams(Params):
    """What every task says of its data without loading it."""

    name: str
    input_shape: ClassVar[tuple[int, ...]]  # of one sample; of frames, the first is time
    classes: ClassVar[int]  # or, of a task that scores sequences, how many numbers each step is to give
    encoding: ClassVar[Encoding] = "direct"
    time_steps: ClassVar[int] = 4  # of the frames; of a directly encoded image as many as are usual
    targets: ClassVar[Targets] = "classes"  # what its head asks for: one of `classes` a sample, or numbers at each step
    metric: ClassVar[Metric] = ACCURACY  # that scores it, on validation and test
    highest: ClassVar[float | None] = None  # that the metric can be, if that is known; an accuracy is a share
    samples: ClassVar[int] = 0  # of all parts together; 0: not known before they are loaded
    number_bytes: ClassVar[int] = 4  # of a stored sample's numbers
    washout: ClassVar[int] = 0  # first steps of a sequence that are not scored

    @property
    def step_shape(self) -> tuple[int, ...]:
        """Of what a network sees at one step."""
        return self.input_shape[1:] if self.encoding == "frames" else self.input_shape
