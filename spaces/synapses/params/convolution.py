from typing import ClassVar, Literal

from spaces.synapses.params._base import SynapseParams


class Params(SynapseParams):
    """The same weights at every position of an image."""

    connects: ClassVar[Literal["features", "images"]] = "images"

    name: Literal["convolution"] = "convolution"
