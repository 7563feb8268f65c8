from typing import ClassVar

from pydantic import Field

from spaces.tasks.params._base import TaskParams


class ImageParams(TaskParams):
    """What tasks of colour images share."""

    split_seed: int = Field(0, ge=0, lt=2**32, description="seed of the validation part, 10 % of the training images")
    subset: bool = Field(
        False, description="whether the files hold fewer images than published; every class must still be there"
    )

    images: ClassVar[tuple[int, int]]  # as published, of every class: to train on and to test on
