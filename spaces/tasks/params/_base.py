from typing import ClassVar

from spaces.params import Params


class TaskParams(Params):
    """What every task says of its data without loading it."""

    name: str
    input_shape: ClassVar[tuple[int, ...]]  # of one sample
    classes: ClassVar[int]
