from typing import Literal

from pydantic import Field

from spaces.neurons.params._base import NeuronParams


class Params(NeuronParams):
    """Short-term LIF: a strong spike shortens the time constant of the next step."""

    name: Literal["slif"] = "slif"
    tau: float = Field(2.0, ge=1.05, description="base membrane time constant tau_0 in steps")
    beta: float = Field(0.1, ge=0, description="how far a spike's overshoot shortens the time constant")
