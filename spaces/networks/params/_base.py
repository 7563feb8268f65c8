from abc import abstractmethod
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from spaces.params import FittedBy, Params

Count = Annotated[int, Field(gt=0, le=4096)]


class NetworkParams(Params):
    """What every network has."""

    fitted_by: ClassVar[FittedBy] = "gradient"  # ridge: but for its readout it stays as it was drawn

    name: str

    @property
    @abstractmethod
    def spiking_layers(self) -> int:
        """How many layers of neurons there are, counted from the input."""

    def check_input(self, shape: tuple[int, ...]) -> None:
        """Refuse by a ValueError an input that at one step has a `shape` which this network cannot take."""


class Convolutional(NetworkParams):
    """What networks of convolutions share: published variants, width, dropout."""

    variants: ClassVar[dict[str, dict[str, Any]]]

    width: float = Field(1.0, gt=0, le=64, description="multiplies every number of channels")
    dropout: float = Field(0.0, ge=0, lt=1, description="of the readout's inputs, the same ones at every step")

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
