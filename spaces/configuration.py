"""A configuration: one point of a space, complete and self-contained, as plain versioned JSON.

It says how to build the network, on which task and how to train it. ``spaces.networks.build`` makes the module.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from spaces import catalog
from spaces.errors import UserError
from spaces.fittings.params import gradient
from spaces.params import Params
from spaces.tasks.params._base import Encoding
from spaces.wording import explain

if TYPE_CHECKING:
    from spaces.fittings.params import FittingParams as Fitting
    from spaces.networks.params._base import NetworkParams as Network
    from spaces.neurons.params._base import NeuronParams as Neuron
    from spaces.neurons.params._base import NeuronParams as PlainNeuron
    from spaces.tasks.params._base import TaskParams as Task
else:
    Fitting = catalog.fittings.union(default="gradient")
    Neuron = catalog.neurons.union()
    PlainNeuron = catalog.neurons.union(without="super_neuron")
    Network = catalog.networks.union()
    Task = catalog.tasks.union()


__all__ = [
    "Architect",
    "Configuration",
    "Fitting",
    "Network",
    "Neuron",
    "PlainNeuron",
    "Task",
    "check_task",
    "check_training",
    "fittings",
    "read",
]


class Architect(Params):
    """Adam for the architecture parameters (ST-DANO's search)."""

    lr: float = Field(1e-2, gt=0, le=1e3)
    weight_decay: float = Field(1e-4, ge=0, le=1e3)


def fittings(network: "Network | type[Network]", task: "Task | type[Task] | None" = None) -> list[str]:
    """What of the catalog can fit such a network, to such a task.

    >>> fittings(catalog.networks.params("reservoir"))
    ['ridge']
    """
    models: dict[str, Any] = {name: catalog.fittings.params(name) for name in catalog.fittings.names()}
    fit = {name: model for name, model in models.items() if model.fits(network)}
    return [name for name, model in fit.items() if task is None or model.fits_to(task)]


def check_task(network: "Network", task: "Task") -> None:
    """Refuse by a ValueError a task to which nothing fits the network."""
    if not fittings(network, task):
        models: dict[str, Any] = {name: catalog.tasks.params(name) for name in catalog.tasks.names()}
        allowed = ", ".join(name for name, model in models.items() if fittings(network, model))
        raise ValueError(f"task: got {task.name} with network {network.name}; allowed are {allowed}")


def check_training(network: "Network", task: "Task", training: "Fitting") -> None:
    """Refuse by a ValueError a training that does not fit the network to the task."""
    if training.name not in (allowed := fittings(network, task)):
        raise ValueError(
            f"training: got {training.name} for network {network.name}, which is fitted to {task.name} by "
            f"{' or '.join(allowed)}; give {' or '.join(allowed)}"
        )
    training.check(task)


def _drop_manifest(value: Any) -> Any:
    """A pulled file carries its manifest beside the configuration; building does not need it."""
    return {k: v for k, v in value.items() if k != "manifest"} if isinstance(value, dict) else value


class Configuration(Params):
    """Everything that a trial needs but its seed."""

    schema_: Literal[1] = Field(1, alias="schema", description="version of this format")
    network: Network
    neurons: tuple[Neuron, ...] = Field(description="one for each spiking layer, from the input")
    input_shape: tuple[Annotated[int, Field(ge=1)], ...] = Field(description="of one sample; of frames, time first")
    classes: int = Field(ge=1, le=1_000_000, description="readouts: one a class, or one for each number to give")
    time_steps: int = Field(4, ge=1, le=10_000)
    encoding: Encoding = Field("direct", description="direct: the same image at every step; frames: one frame a step")
    task: Task | None = Field(description="null: its data are not in this catalog; it can be built, not trained")
    training: Fitting = gradient.Params()
    architect: Architect | None = Field(None, description="of a super network; null without architecture parameters")

    @model_validator(mode="after")
    def _a_neuron_for_every_layer(self) -> Self:
        if len(self.neurons) != self.network.spiking_layers:
            raise ValueError(
                f"got {len(self.neurons)} neurons for {self.network.spiking_layers} spiking layers; "
                "give one neuron a layer"
            )
        return self

    @model_validator(mode="after")
    def _an_input_that_the_network_takes(self) -> Self:
        self.network.check_input(self.step_shape)
        return self

    @model_validator(mode="after")
    def _a_task_and_a_training_that_fit(self) -> Self:
        if self.task is not None:
            check_task(self.network, self.task)
            check_training(self.network, self.task, self.training)
        return self

    @model_validator(mode="after")
    def _a_frame_for_every_step(self) -> Self:
        if self.encoding == "frames" and self.time_steps != self.input_shape[0]:
            raise ValueError(
                f"time_steps: got {self.time_steps} for samples of {self.input_shape[0]} frames; "
                "give one time step a frame"
            )
        return self

    @property
    def step_shape(self) -> tuple[int, ...]:
        """Of what the network sees at one step."""
        return self.input_shape[1:] if self.encoding == "frames" else self.input_shape

    @property
    def steps(self) -> int:
        """That a trial reports."""
        return self.training.epochs

    @property
    def placement(self) -> tuple[str, ...]:
        """The neuron's name of every spiking layer, from the input."""
        return tuple(neuron.name for neuron in self.neurons)

    @property
    def searches(self) -> bool:
        """Whether it has architecture parameters to train."""
        return "super_neuron" in self.placement


def read(value: Any) -> Configuration:
    """A configuration from a mapping such as a pulled ``best.json``.

    Raises:
        UserError: naming the first field that is wrong, what was got and what is allowed.
    """
    if isinstance(value, dict) and "trainer" in value:
        raise UserError(f"configuration: got one of trainer {value['trainer']}, which alone can run it; use that")
    try:
        return Configuration.model_validate(_drop_manifest(value))
    except ValidationError as error:
        raise UserError(f"configuration: {explain(error.errors()[0])}") from None
