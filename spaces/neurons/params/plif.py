from typing import Literal

from pydantic import Field

from spaces.neurons.params._base import NeuronParams
from spaces.params import PositiveFloat


class Params(NeuronParams):
    """Parametric LIF: learns one time constant a layer."""

    name: Literal["plif"] = "plif"
    tau: PositiveFloat = Field(2.0, description="initial membrane time constant in steps; a step keeps exp(-1/tau)")
