from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from spaces.networks.params._base import Convolutional, Count

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
