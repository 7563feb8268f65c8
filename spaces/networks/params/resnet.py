from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from spaces.networks.params._base import Convolutional, Count, Plane, Size, convolved, linear

# He et al. 2016, table 1 (18, 34 layers); ResNet-19: Zheng et al. 2021 (tdBN), 12.63 million parameters.
VARIANTS: dict[str, dict[str, Any]] = {
    "resnet18": {"channels": (64, 128, 256, 512), "blocks": (2, 2, 2, 2)},
    "resnet19": {"channels": (128, 256, 512), "blocks": (3, 3, 2), "stem_channels": 64, "hidden": 256},
    "resnet34": {"channels": (64, 128, 256, 512), "blocks": (3, 4, 6, 3), "stem": "7x7"},
}


class Params(Convolutional):
    """A stem, stages of residual blocks of two 3 x 3 convolutions each, global average pooling, a linear readout."""

    variants: ClassVar[dict[str, dict[str, Any]]] = VARIANTS

    name: Literal["resnet"] = "resnet"
    variant: Literal["resnet18", "resnet19", "resnet34"] | None = Field(
        None, description="a published network: gives the fields below, where they are left out"
    )
    channels: tuple[Count, ...] = Field((16, 32), min_length=1, max_length=8, description="of each stage")
    blocks: tuple[Count, ...] = Field((1, 1), min_length=1, description="of each stage")
    stem: Literal["3x3", "7x7"] = Field("3x3", description="7x7: stride 2 and max pooling, for large images")
    stem_channels: Count | None = Field(None, description="null: as many as the first stage has")
    hidden: Count | None = Field(None, description="spiking neurons between pooling and readout; null: none")

    @model_validator(mode="after")
    def _blocks_for_every_stage(self) -> Self:
        if len(self.blocks) != len(self.channels):
            raise ValueError(f"got {len(self.blocks)} blocks for {len(self.channels)} stages; give a number for each")
        return self

    @property
    def spiking_layers(self) -> int:
        return 1 + 2 * sum(self.blocks) + (self.hidden is not None)

    @property
    def reduction(self) -> int:
        return 1

    def size(self, shape: tuple[int, ...], classes: int) -> Size:
        wide = [self.wide(c) for c in (self.stem_channels or self.channels[0], *self.channels)]
        large = self.stem == "7x7"
        total, x = convolved(Plane(*shape), wide[0], 7 if large else 3, 2 if large else 1)
        total += Size(0, x.numbers)
        x = x._replace(height=(x.height - 1) // 2 + 1, width=(x.width - 1) // 2 + 1) if large else x
        for stage, (channels, number) in enumerate(zip(wide[1:], self.blocks, strict=True)):
            for block in range(number):
                layers, x = _block(x, channels, 2 if stage and not block else 1)
                total += layers
        features = self.wide(self.hidden) if self.hidden else x.channels
        hidden = linear(x.channels, features) if self.hidden else Size(0, 0)
        return total + hidden + linear(features, classes)


def _block(x: Plane, channels: int, stride: int) -> tuple[Size, Plane]:
    """Both neurons keep their input; the shortcut has the first convolution's."""
    first, y = convolved(x, channels, stride=stride)
    second, _ = convolved(y, channels)
    shortcut, _ = convolved(x, channels, 1, stride)
    is_identity = (x.channels, stride) == (channels, 1)
    own = Size(0, 0) if is_identity else Size(shortcut.parameters, y.numbers)
    return first + second + own + Size(0, 2 * y.numbers), y
