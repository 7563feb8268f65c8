from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from spaces.networks.params._base import NetworkParams

Positive = Annotated[int, Field(gt=0, le=4096)]


class Params(NetworkParams):
    """3 x 3 convolutions, each with BatchNorm and spiking neurons; global average pooling; a linear readout."""

    name: Literal["vgg"] = "vgg"
    channels: tuple[Positive, ...] = Field((16, 16, 32, 32, 64), min_length=1, max_length=64)
    strides: tuple[Annotated[int, Field(ge=1, le=2)], ...] = Field((), description="empty: 1 1 2 1 2 1 2 ...")

    @model_validator(mode="before")
    @classmethod
    def _strides_for_channels(cls, value: Any) -> Any:
        if not isinstance(value, dict) or value.get("strides"):
            return value
        channels = value.get("channels", cls.model_fields["channels"].default)
        return {**value, "strides": [2 if i >= 2 and i % 2 == 0 else 1 for i in range(len(channels))]}

    @model_validator(mode="after")
    def _as_many_strides_as_channels(self) -> Self:
        if len(self.strides) != len(self.channels):
            raise ValueError(
                f"got {len(self.strides)} strides for {len(self.channels)} channels; give one stride a layer"
            )
        return self

    @property
    def spiking_layers(self) -> int:
        return len(self.channels)
