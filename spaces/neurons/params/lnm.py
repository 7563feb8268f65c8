from typing import Literal

from pydantic import Field

from spaces.gradients.params import Rectangle, Surrogate
from spaces.neurons.params._base import NeuronParams
from spaces.params import PositiveFloat

START = 0.25  # the first coefficient's first value: the share of its potential that the LIF keeps that it starts as


class Params(NeuronParams):
    """Learnable neuron model: a learned polynomial in place of the leak."""

    name: Literal["lnm"] = "lnm"
    v_threshold: PositiveFloat = Field(0.5, description="threshold of the membrane potential")
    surrogate: Surrogate = Field(Rectangle(), description="gradient of the spike; a plain name has its defaults")
    detach_reset: bool = Field(True, description="stop the gradient through the reset")
    degree: int = Field(3, ge=1, le=64, description="of the polynomial; it has as many coefficients")
    bounding: Literal["clip1", "clip5", "tanh"] = Field("clip1", description="of the polynomial's argument")

    @property
    def bound(self) -> float:
        """The polynomial's argument lies in [-bound, bound]."""
        return 5.0 if self.bounding == "clip5" else 1.0
