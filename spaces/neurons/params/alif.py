from typing import Literal

from pydantic import Field

from spaces.neurons.params._base import NeuronParams
from spaces.params import PositiveFloat


class Params(NeuronParams):
    """Adaptive LIF: its own spikes raise its threshold for a while."""

    name: Literal["alif"] = "alif"
    tau: PositiveFloat = Field(2.0, description="membrane time constant in steps; a step keeps exp(-1/tau)")
    tau_adaptation: PositiveFloat = Field(10.0, description="time constant of the threshold's return, in steps")
    beta: float = Field(1.8, ge=0, description="threshold's rise under constant firing")
