from pydantic import Field

from spaces.gradients.params import Surrogate, Triangle
from spaces.params import Params, PositiveFloat


class NeuronParams(Params):
    """What every spiking neuron has."""

    name: str
    v_threshold: PositiveFloat = Field(1.0, description="threshold of the membrane potential")
    surrogate: Surrogate = Field(Triangle(), description="gradient of the spike; a plain name has its defaults")
    detach_reset: bool = Field(False, description="stop the gradient through the reset")
