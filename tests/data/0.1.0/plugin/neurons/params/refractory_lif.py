from typing import Literal

from pydantic import Field

from spaces.neurons.params import NeuronParams
from spaces.params import PositiveFloat


class Params(NeuronParams):
    """LIF that rests after a spike. Torch-free: the API reads it."""

    name: Literal["refractory_lif"] = "refractory_lif"
    tau: PositiveFloat = Field(2.0, description="membrane time constant in steps; a step keeps exp(-1/tau)")
    refractory: int = Field(1, ge=0, description="steps without input after a spike; 0 is lif")
