from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from spaces import catalog
from spaces.params import Params as BaseParams

if TYPE_CHECKING:
    from spaces.neurons.params._base import NeuronParams as PlainNeuron
else:
    PlainNeuron = catalog.neurons.union(without="super_neuron")


DEFAULT: Any = ("lif", "llif", "slif")


class Params(BaseParams):
    """All candidates side by side, mixed by architecture parameters."""

    name: Literal["super_neuron"] = "super_neuron"
    candidates: tuple[PlainNeuron, ...] = Field(DEFAULT, min_length=1)
