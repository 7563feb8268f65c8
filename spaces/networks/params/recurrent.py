from typing import Literal

from pydantic import Field

from spaces.networks.params._base import Count, NetworkParams
from spaces.params import PositiveFloat


class Params(NetworkParams):
    """Layers of recurrently connected spiking neurons and a leaky readout, for sequences."""

    name: Literal["recurrent"] = "recurrent"
    units: tuple[Count, ...] = Field((64,), min_length=1, max_length=16, description="neurons of each layer")
    readout_tau: PositiveFloat = Field(20.0, description="time constant of the readout in steps")

    @property
    def spiking_layers(self) -> int:
        return len(self.units)
