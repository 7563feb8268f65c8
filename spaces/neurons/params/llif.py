from typing import Literal

from pydantic import Field

from spaces.neurons.params._base import NeuronParams
from spaces.params import PositiveFloat


class Params(NeuronParams):
    """Long-term LIF: inhibition raises the threshold."""

    name: Literal["llif"] = "llif"
    tau: PositiveFloat = Field(2.0, description="membrane time constant in steps; a step keeps exp(-1/tau)")
    gamma: float = Field(0.1, ge=0, description="how far one step of inhibition raises the threshold")
