"""A configuration: one point of a space, complete and self-contained, as plain versioned JSON.

It says how to build the network, on which task and how to train it. ``spaces.networks.build`` makes the module.
"""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Discriminator, Field, Tag, ValidationError, model_validator

from spaces import catalog
from spaces.errors import UserError
from spaces.params import FittedBy, Fraction, Params, explain
from spaces.tasks.params._base import Encoding

if TYPE_CHECKING:
    from spaces.networks.params._base import NetworkParams as Network
    from spaces.neurons.params._base import NeuronParams as Neuron
    from spaces.neurons.params._base import NeuronParams as PlainNeuron
    from spaces.tasks.params._base import TaskParams as Task
else:
    Neuron = catalog.neurons.union()
    PlainNeuron = catalog.neurons.union(without="super_neuron")
    Network = catalog.networks.union()
    Task = catalog.tasks.union()


__all__ = ["Architect", "Configuration", "Network", "Neuron", "PlainNeuron", "Ridge", "Task", "Training", "read"]


class Training(Params):
    """Stochastic gradient descent with momentum and a cosine learning rate (retraining of ST-DANO and LNM)."""

    epochs: int = Field(6, ge=1, le=10_000)
    batch_size: int = Field(32, ge=2, le=65_536)
    lr: float = Field(0.05, gt=0, le=1e3)
    momentum: float = Field(0.9, ge=0, lt=1)
    weight_decay: float = Field(5e-5, ge=0, le=1e3)
    neuron_lr: float = Field(1e-2, gt=0, le=1e3, description="of what neurons learn: LNM's theta, PLIF's time constant")
    compress_to: int | None = Field(
        None, ge=1, le=64, description="also score the trained network with LNM's polynomials fitted by this degree"
    )
    warmup_epochs: int = Field(0, ge=0, le=10_000, description="of a learning rate that rises in a straight line")
    label_smoothing: Fraction = 0.0
    loss: Literal["tet", "cross_entropy"] = "tet"
    tet_lambda: Fraction = Field(0.05, description="weight of TET's mean squared error towards the threshold")


class Ridge(Params):
    """Ridge regression of a reservoir's readout on its states; one step, and nothing else is fitted."""

    name: Literal["ridge"] = "ridge"
    regularisation: float = Field(1e-6, gt=0, le=1e3, description="relative to the mean square of a unit's state")

    epochs: ClassVar[int] = 1


def _name_of_fitting(value: Any) -> str:
    name = value.get("name") if isinstance(value, dict) else getattr(value, "name", None)
    return "ridge" if name == "ridge" else "gradient"


Fitting = Annotated[
    Annotated[Training, Tag("gradient")] | Annotated[Ridge, Tag("ridge")], Discriminator(_name_of_fitting)
]


class Architect(Params):
    """Adam for the architecture parameters (ST-DANO's search)."""

    lr: float = Field(1e-2, gt=0, le=1e3)
    weight_decay: float = Field(1e-4, ge=0, le=1e3)


def check_task(network: "Network", task: "Task") -> None:
    """Refuse by a ValueError a task that says another thing of its samples than the network is fitted to."""
    if task.fitted_by != network.fitted_by:
        allowed = ", ".join(fitted_by(network.fitted_by, catalog.tasks))
        raise ValueError(f"task: got {task.name} with network {network.name}; allowed are {allowed}")


def fitted_by(what: FittedBy, members: catalog.Catalog) -> list[str]:
    """The networks or tasks of the catalog that are for it.

    >>> fitted_by("ridge", catalog.networks)
    ['reservoir']
    """
    models: dict[str, Any] = {name: members.params(name) for name in members.names()}
    return [name for name, model in models.items() if model.fitted_by == what]


def _drop_manifest(value: Any) -> Any:
    """A pulled file carries its manifest beside the configuration; building does not need it."""
    return {k: v for k, v in value.items() if k != "manifest"} if isinstance(value, dict) else value


class Configuration(Params):
    """Everything that a trial needs but its seed."""

    schema_: Literal[1] = Field(1, alias="schema", description="version of this format")
    network: Network
    neurons: tuple[Neuron, ...] = Field(description="one for each spiking layer, from the input")
    input_shape: tuple[Annotated[int, Field(ge=1)], ...] = Field(description="of one sample; of frames, time first")
    classes: int = Field(ge=2, le=1_000_000, description="readouts: one a class, or one for each number to give")
    time_steps: int = Field(4, ge=1, le=10_000)
    encoding: Encoding = Field("direct", description="direct: the same image at every step; frames: one frame a step")
    task: Task | None = Field(description="null: its data are not in this catalog; it can be built, not trained")
    training: Fitting = Training()
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
            if _name_of_fitting(self.training) != self.network.fitted_by:
                raise ValueError(
                    f"training: got {_name_of_fitting(self.training)} for network {self.network.name}, which is fitted "
                    f"by {self.network.fitted_by}; give training by {self.network.fitted_by}"
                )
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
    try:
        return Configuration.model_validate(_drop_manifest(value))
    except ValidationError as error:
        raise UserError(f"configuration: {explain(error.errors()[0])}") from None
