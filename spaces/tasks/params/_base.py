from typing import ClassVar, Literal

from spaces.params import FittedBy, Params

Encoding = Literal["direct", "frames"]


class TaskParams(Params):
    """What every task says of its data without loading it."""

    name: str
    input_shape: ClassVar[tuple[int, ...]]  # of one sample; of frames, the first is time
    classes: ClassVar[int]  # or, of a task that scores sequences, how many numbers each step is to give
    encoding: ClassVar[Encoding] = "direct"
    time_steps: ClassVar[int] = 4  # of the frames; of a directly encoded image as many as are usual
    fitted_by: ClassVar[FittedBy] = "gradient"  # ridge: sequences, scored by `Data.score`
    metric: ClassVar[str] = "accuracy"
    washout: ClassVar[int] = 0  # first steps of a sequence that are not scored

    @property
    def step_shape(self) -> tuple[int, ...]:
        """Of what a network sees at one step."""
        return self.input_shape[1:] if self.encoding == "frames" else self.input_shape
