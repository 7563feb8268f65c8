from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from spaces import catalog
from spaces.networks.params._base import Count, NetworkParams, Size, linear
from spaces.params import PositiveFloat, later
from spaces.synapses.params import linear as linear_params

if TYPE_CHECKING:
    from spaces.synapses.params import SynapseParams as OfFeatures
else:
    OfFeatures = catalog.synapses.union(where=lambda model: model.connects == "features")


class Params(NetworkParams):
    """Layers of recurrently connected spiking neurons and a leaky readout, for sequences."""

    name: Literal["recurrent"] = "recurrent"
    units: tuple[Count, ...] = Field((64,), min_length=1, max_length=16, description="neurons of each layer")
    readout_tau: PositiveFloat = Field(20.0, description="time constant of the readout in steps")
    synapse: OfFeatures = later(linear_params.Params(), description="of input and recurrence of every layer")

    @property
    def spiking_layers(self) -> int:
        return len(self.units)

    def size(self, shape: tuple[int, ...], classes: int) -> Size:
        total = linear(self.units[-1], classes)
        for fed, n in pairwise((prod(shape), *self.units)):
            total += Size(fed * n + 2 * n + n * n, fed + 2 * n)
            total += Size(*self.synapse.size(fed, n)) + Size(*self.synapse.size(n, n))
        return total
