from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from searchsvc.kinds._task_job import TaskJob
from spaces import catalog
from spaces.configuration import Configuration
from spaces.fittings.params import gradient
from spaces.memory import training_bytes

if TYPE_CHECKING:
    from spaces.fittings.params import FittingParams as Fitting
else:
    Fitting = catalog.fittings.union(where=lambda model: model.asks <= {"gradients"}, default="gradient")


class NetworkJob(TaskJob):
    """What every search says that trains one network on one task, usually by gradient descent."""

    time_steps: int | None = Field(None, ge=1, le=1000, description="null: as many as the task has frames, else 4")
    training: Fitting = Field(gradient.Params(), description="of every discrete network")

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

    @property
    def least_bytes(self) -> int:
        if self.resources.gpus:
            return 0
        return training_bytes(self.network, self.task, self.training, self.time_steps or self.task.time_steps)

    def configuration(self, **fields: object) -> Configuration:
        """The network with these neurons, and what else differs between candidates."""
        steps = self.time_steps or self.task.time_steps
        return super().configuration(**{"time_steps": steps, "training": self.training, **fields})
