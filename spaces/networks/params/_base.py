from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

from pydantic import Field, model_validator

from spaces import catalog
from spaces.params import Params, later
from spaces.synapses.params import convolution

if TYPE_CHECKING:
    from spaces.synapses.params import SynapseParams as OfImages
else:
    OfImages = catalog.synapses.union(where=lambda model: model.connects == "images")

Count = Annotated[int, Field(gt=0, le=4096)]


class Size(NamedTuple):
    """Of a network: its parameters, and the numbers that training keeps of one step of a sample for the way back."""

    parameters: int
    kept: int

    def __add__(self, other: "Size") -> "Size":  # type: ignore[override]
        return Size(self.parameters + other.parameters, self.kept + other.kept)


class NetworkParams(Params):
    """What every network has."""

    # What fittings may ask of it. gradients: descent trains its parameters. states: its linear `readout` sees
    # `states(x_B)`, r_TBN of samples, and all else stays as it was drawn.
    offers: ClassVar[frozenset[str]] = frozenset({"gradients"})

    name: str

    @property
    @abstractmethod
    def spiking_layers(self) -> int:
        """How many layers of neurons there are, counted from the input."""

    def size(self, shape: tuple[int, ...], classes: int) -> Size:
        """At least, for an input that at one step has this shape; what neurons learn and keep of their own aside."""
        return Size(0, 0)

    def check_input(self, shape: tuple[int, ...]) -> None:
        """Refuse by a ValueError an input that at one step has a `shape` which this network cannot take."""


class Convolutional(NetworkParams):
    """What networks of convolutions share: published variants, width, dropout."""

    variants: ClassVar[dict[str, dict[str, Any]]]

    width: float = Field(1.0, gt=0, le=64, description="multiplies every number of channels")
    dropout: float = Field(0.0, ge=0, lt=1, description="of the readout's inputs, the same ones at every step")
    synapse: OfImages = later(convolution.Params(), description="of every layer but a hidden one and the readout")

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_variant(cls, value: Any) -> Any:
        if not isinstance(value, dict) or not isinstance(value.get("variant"), str):
            return value
        return {**cls.variants.get(value["variant"], {}), **value}

    def wide(self, channels: int) -> int:
        return max(1, round(self.width * channels))

    @property
    @abstractmethod
    def reduction(self) -> int:
        """The smallest height and width that the network can take."""

    def check_input(self, shape: tuple[int, ...]) -> None:
        if len(shape) != 3:
            raise ValueError(f"network: {self.name} needs images of channels x height x width, got {list(shape)}")
        if min(shape[1:]) < self.reduction:
            raise ValueError(
                f"network: this {self.name} needs images of at least {self.reduction} x {self.reduction} pixels, "
                f"got {shape[1]} x {shape[2]}; pool less often"
            )


class Plane(NamedTuple):
    """What a layer of convolutions gives: channels x height x width."""

    channels: int
    height: int
    width: int

    @property
    def numbers(self) -> int:
        return self.channels * self.height * self.width

    def halved(self) -> "Plane":
        """By 2 x 2 pooling."""
        return self._replace(height=self.height // 2, width=self.width // 2)


def convolved(x: Plane, channels: int, size: int = 3, stride: int = 1) -> tuple[Size, Plane]:
    """A padded convolution with BatchNorm: it keeps its input and what it gives to the BatchNorm."""
    y = Plane(channels, (x.height - 1) // stride + 1, (x.width - 1) // stride + 1)
    return Size(size**2 * x.channels * channels + 2 * channels, x.numbers + y.numbers), y


def linear(features: int, outputs: int) -> Size:
    return Size(features * outputs + outputs, features)
