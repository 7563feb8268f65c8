from pydantic import Field

from spaces.tasks.params._base import TaskParams


class ImageParams(TaskParams):
    """What tasks of colour images share."""

    split_seed: int = Field(0, ge=0, lt=2**32, description="seed of the validation part, 10 % of the training images")
