from typing import ClassVar, Literal

from spaces.params import Params

Encoding = Literal["direct", "frames"]


class TaskParams(Params):
    """What every task says of its data without loading it."""

    name: str
    input_shape: ClassVar[tuple[int, ...]]  # of one sample; of frames, the first is time
    classes: ClassVar[int]
    encoding: ClassVar[Encoding] = "direct"
    time_steps: ClassVar[int] = 4  # of the frames; of a directly encoded image as many as are usual

    @property
    def step_shape(self) -> tuple[int, ...]:
        """Of what a network sees at one step."""
        return self.input_shape[1:] if self.encoding == "frames" else self.input_shape
