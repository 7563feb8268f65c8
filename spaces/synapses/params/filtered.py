from typing import Literal

from pydantic import Field

from spaces.params import PositiveFloat
from spaces.synapses.params._base import SynapseParams


class Params(SynapseParams):
    """A linear synapse whose currents decay exponentially, with a time constant for every neuron that it feeds."""

    name: Literal["filtered"] = "filtered"
    tau: PositiveFloat = Field(5.0, description="initial time constant in steps; a step keeps exp(-1/tau)")
    learned: bool = Field(True, description="whether time constants are learned, each its own")

    def size(self, inputs: int, outputs: int) -> tuple[int, int]:
        return (outputs, outputs) if self.learned else (0, 0)
