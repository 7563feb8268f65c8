from math import prod
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from spaces.networks.params._base import Convolutional, Count, Plane, Size, convolved, linear

# Simonyan & Zisserman 2015, table 1 (A, B, D); VGGSNN: Deng et al. 2022 (TET), 64-128-P-256-256-P-512-512-P-512-512-P.
SIMONYAN = {"pooling": "max", "readout": "average"}
VARIANTS: dict[str, dict[str, Any]] = {
    "vgg11": {"channels": (64, 128, 256, 256, 512, 512, 512, 512), "strides": (2, 2, 1, 2, 1, 2, 1, 2), **SIMONYAN},
    "vgg13": {"channels": (64, 64, 128, 128, 256, 256, 512, 512, 512, 512), "strides": (1, 2) * 5, **SIMONYAN},
    "vgg16": {
        "channels": (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512),
        "strides": (1, 2, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2),
        **SIMONYAN,
    },
    "vggsnn": {
        "channels": (64, 128, 256, 256, 512, 512, 512, 512),
        "strides": (1, 2) * 4,
        "pooling": "average",
        "readout": "flatten",
    },
}


class Params(Convolutional):
    """3 x 3 convolutions, each with BatchNorm and spiking neurons; a linear readout."""

    variants: ClassVar[dict[str, dict[str, Any]]] = VARIANTS

    name: Literal["vgg"] = "vgg"
    variant: Literal["vgg11", "vgg13", "vgg16", "vggsnn"] | None = Field(
        None, description="a published network: gives the fields below, where they are left out"
    )
    channels: tuple[Count, ...] = Field((16, 16, 32, 32, 64), min_length=1, max_length=64)
    strides: tuple[Annotated[int, Field(ge=1, le=2)], ...] = Field((), description="empty: 1 1 2 1 2 1 2 ...")
    pooling: Literal["stride", "average", "max"] = Field(
        "stride", description="what a stride of 2 is: of the convolution, or 2 x 2 pooling of the layer's spikes"
    )
    readout: Literal["average", "flatten"] = Field(
        "average", description="of each channel's mean over positions, or of every position"
    )

    @model_validator(mode="before")
    @classmethod
    def _strides_for_channels(cls, value: Any) -> Any:
        if not isinstance(value, dict) or value.get("strides") or value.get("variant"):
            return value
        channels = value.get("channels", cls.model_fields["channels"].default)
        if not isinstance(channels, list | tuple):
            return value
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

    @property
    def reduction(self) -> int:
        return 1 if self.pooling == "stride" else prod(self.strides)

    def size(self, shape: tuple[int, ...], classes: int) -> Size:
        total, x = Size(0, 0), Plane(*shape)
        for channels, stride in zip(map(self.wide, self.channels), self.strides, strict=True):
            layer, x = convolved(x, channels, stride=stride if self.pooling == "stride" else 1)
            total += layer + Size(0, x.numbers)  # which neurons keep
            x = x.halved() if self.pooling != "stride" and stride == 2 else x
        return total + linear(x.numbers if self.readout == "flatten" else x.channels, classes)
