from collections.abc import Sequence
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from searchsvc.jobs._base import BaseJob
from searchsvc.objectives import COSTS
from spaces import catalog
from spaces.configuration import Configuration, Network, Task, check_task, fitted_by
from spaces.params import FittedBy

DEFAULT_NETWORK: Any = "vgg"  # a name, which validation turns into a parameter model


class TaskJob(BaseJob):
    """What every search says that scores one network, in some of its variants, on one task."""

    fitted_by: ClassVar[FittedBy]
    costs: ClassVar[Sequence[str]] = COSTS
    task: Task
    network: Network = Field(DEFAULT_NETWORK)

    @model_validator(mode="after")
    def _a_network_of_this_kind_that_takes_the_samples(self) -> Self:
        if self.network.fitted_by != self.fitted_by:
            allowed = ", ".join(fitted_by(self.fitted_by, catalog.networks))
            raise ValueError(f"network: got {self.network.name} in a search of kind {self.kind}; allowed are {allowed}")
        check_task(self.network, self.task)
        self.network.check_input(self.task.step_shape)
        return self

    @model_validator(mode="after")
    def _metrics_that_its_trials_give(self) -> Self:
        allowed = (f"{self.task.metric}/validation", *self.costs)
        asked = {"objective.metric": self.objective.metric} | {
            f"constraints.{i}.metric": c.metric for i, c in enumerate(self.constraints)
        }
        for field, metric in asked.items():
            if metric not in allowed:
                raise ValueError(f"{field}: got {metric!r}; trials of this search give {', '.join(allowed)}")
        return self

    @model_validator(mode="after")
    def _tradeoffs_of_other_costs(self) -> Self:
        for i, metric in enumerate(self.tradeoffs):
            allowed = [c for c in self.costs if c not in (self.objective.metric, *self.tradeoffs[:i])]
            if metric not in allowed:
                raise ValueError(f"tradeoffs.{i}: got {metric!r}; allowed are {', '.join(allowed) or 'no more'}")
        return self

    def configuration(self, **fields: object) -> Configuration:
        """The network on the task, and what else differs between candidates."""
        shared = {
            "network": self.network,
            "input_shape": self.task.input_shape,
            "classes": self.task.classes,
            "encoding": self.task.encoding,
            "time_steps": self.task.time_steps,
            "task": self.task,
        }
        return Configuration.model_validate({**shared, **fields})
