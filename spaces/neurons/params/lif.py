from typing import Literal

from pydantic import Field

from spaces.neurons.params._base import NeuronParams
from spaces.params import PositiveFloat


class Params(NeuronParams):
    """Leaky integrate-and-fire."""

    name: Literal["lif"] = "lif"
    tau: PositiveFloat = Field(2.0, description="membrane time constant in steps; a step keeps exp(-1/tau)")
