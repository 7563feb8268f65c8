from collections.abc import Sequence
from typing import Any, ClassVar, Self, get_args

from pydantic import Field, model_validator

from searchsvc.kinds._base import BaseJob
from searchsvc.metrics.objectives import check_bounds
from spaces import catalog
from spaces.configuration import Configuration, Fitting, Network, Task, check_task, check_training
from spaces.fittings.params import FittingParams, gradient
from spaces.metrics import selecting

DEFAULT_NETWORK: Any = "vgg"  # a name, which validation turns into a parameter model


class TaskJob(BaseJob):
    """What every search says that scores one network, in some of its variants, on one task."""

    costs: ClassVar[Sequence[str]] = selecting(gradient.Params.measures)
    task: Task
    network: Network = Field(DEFAULT_NETWORK)
    training: Fitting = Field(gradient.Params(), description="its default says which networks such a search is for")

    @property
    def score(self) -> str:
        """What its task is scored by, on validation."""
        return self.task.metric.on("validation").full

    @model_validator(mode="before")
    @classmethod
    def _ranked_by_its_task(cls, given: Any) -> Any:
        """By default."""
        task = given.get("task") if isinstance(given, dict) else None
        name = task.get("name") if isinstance(task, dict) else getattr(task, "name", task)
        if not isinstance(name, str) or "objective" in given or name not in catalog.tasks.names():
            return given
        model: type[Task] = catalog.tasks.params(name)  # type: ignore[assignment]
        return {**given, "objective": {"metric": model.metric.on("validation").full}}

    @model_validator(mode="after")
    def _a_network_of_this_kind_that_takes_the_samples(self) -> Self:
        self.check_network(self.network, self.task)
        check_training(self.network, self.task, self.training)
        return self

    @model_validator(mode="after")
    def _metrics_that_its_trials_give(self) -> Self:
        allowed = (self.score, *selecting(self.training.measures))
        asked = {"objective.metric": self.objective.metric} | {
            f"constraints.{i}.metric": c.metric for i, c in enumerate(self.constraints)
        }
        for field, metric in asked.items():
            if metric not in allowed:
                raise ValueError(f"{field}: got {metric!r}; trials of this search give {', '.join(allowed)}")
        return self

    @model_validator(mode="after")
    def _constraints_that_the_task_allows(self) -> Self:
        highest = {} if self.task.highest is None else {self.score: self.task.highest}
        try:
            check_bounds(self.constraints, highest)
        except ValueError as error:
            raise ValueError(f"constraints: {error}") from None
        return self

    @model_validator(mode="after")
    def _tradeoffs_of_other_metrics(self) -> Self:
        measured = (self.score, *selecting(self.training.measures))
        for i, metric in enumerate(self.tradeoffs):
            allowed = [name for name in measured if name not in (self.objective.metric, *self.tradeoffs[:i])]
            if metric not in allowed:
                raise ValueError(f"tradeoffs.{i}: got {metric!r}; allowed are {', '.join(allowed) or 'no more'}")
        return self

    @classmethod
    def check_network(cls, network: Network, task: Task) -> None:
        """Refuse by a ValueError a network that this kind has no use for, or that does not take the task's samples."""
        usual: FittingParams = cls.model_fields["training"].default
        if not usual.fits(network):
            models: dict[str, Any] = {name: catalog.networks.params(name) for name in catalog.networks.names()}
            allowed = ", ".join(name for name, model in models.items() if usual.fits(model))
            (kind,) = get_args(cls.model_fields["kind"].annotation)
            raise ValueError(f"network: got {network.name} in a search of kind {kind}; allowed are {allowed}")
        check_task(network, task)
        network.check_input(task.step_shape)

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
