from typing import Any, Self

from pydantic import Field, model_validator

from searchsvc.jobs._base import BaseJob
from spaces.configuration import Configuration, Network, Task, Training

DEFAULT_NETWORK: Any = "vgg"  # a name, which validation turns into a parameter model


class NetworkJob(BaseJob):
    """What every search says that trains one network on one task."""

    task: Task
    network: Network = Field(DEFAULT_NETWORK)
    time_steps: int | None = Field(None, ge=1, le=1000, description="null: as many as the task has frames, else 4")
    training: Training = Field(Training(), description="of every discrete network")

    @model_validator(mode="after")
    def _as_many_steps_as_frames(self) -> Self:
        if self.task.encoding == "frames" and self.time_steps not in (None, self.task.time_steps):
            raise ValueError(
                f"time_steps: got {self.time_steps}; samples of task {self.task.name} have {self.task.time_steps} "
                "frames; leave time_steps out"
            )
        return self

    @model_validator(mode="after")
    def _a_network_that_takes_the_samples(self) -> Self:
        self.network.check_input(self.task.step_shape)
        return self

    @property
    def trial_steps(self) -> int:
        return self.training.epochs

    def configuration(self, **fields: object) -> Configuration:
        """The network with these neurons, and what else differs between candidates."""
        shared = {
            "network": self.network,
            "input_shape": self.task.input_shape,
            "classes": self.task.classes,
            "encoding": self.task.encoding,
            "time_steps": self.time_steps or self.task.time_steps,
            "task": self.task,
            "training": self.training,
        }
        return Configuration.model_validate({**shared, **fields})
