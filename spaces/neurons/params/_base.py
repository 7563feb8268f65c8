from pydantic import Field

from spaces.params import Params, PositiveFloat


class NeuronParams(Params):
    """What every spiking neuron has."""

    name: str
    v_threshold: PositiveFloat = Field(1.0, description="threshold of the membrane potential")
    surrogate: PositiveFloat = Field(1.0, description="height a of the triangle surrogate max(0, a - a^2 |x|)")
    detach_reset: bool = Field(False, description="stop the gradient through the reset")
