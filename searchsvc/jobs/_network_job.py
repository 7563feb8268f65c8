from typing import ClassVar, Self

from pydantic import Field, model_validator

from searchsvc.jobs._task_job import TaskJob
from spaces.configuration import Configuration, Training
from spaces.params import FittedBy


class NetworkJob(TaskJob):
    """What every search says that trains one network on one task by gradient descent."""

    fitted_by: ClassVar[FittedBy] = "gradient"
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

    @property
    def trial_steps(self) -> int:
        return self.training.epochs

    def configuration(self, **fields: object) -> Configuration:
        """The network with these neurons, and what else differs between candidates."""
        steps = self.time_steps or self.task.time_steps
        return super().configuration(**{"time_steps": steps, "training": self.training, **fields})
