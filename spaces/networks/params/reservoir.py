from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from spaces.distributions.params import AnyDistribution, Dirac, Distribution
from spaces.networks.params._base import NetworkParams, Size, linear
from spaces.params import Fraction, PositiveFloat


def _above_zero(value: Distribution) -> Distribution:
    if not value.positive:
        raise ValueError(f"got {value.family} with values that are not above 0; give one whose values all are")
    return value


TimeConstants = Annotated[AnyDistribution, AfterValidator(_above_zero)]


class Params(NetworkParams):
    """Excitatory and inhibitory units, 4 : 1, connected as they were drawn; only a linear readout is fitted."""

    offers: ClassVar[frozenset[str]] = frozenset({"states"})

    name: Literal["reservoir"] = "reservoir"
    cell: Literal["rate", "lif"] = Field("rate", description="what a unit is: leaky with a tanh, or leaky and firing")
    units: int = Field(80, ge=20, le=1000)
    tau_excitatory: TimeConstants = Field(Dirac(value=5.0), description="time constants of excitatory units in steps")
    tau_inhibitory: TimeConstants = Field(Dirac(value=5.0), description="time constants of inhibitory units in steps")
    gain_excitatory: AnyDistribution = Field(Dirac(value=0.9), description="of excitatory units' recurrent input")
    gain_inhibitory: AnyDistribution = Field(Dirac(value=0.9), description="of inhibitory units' recurrent input")
    input_gain: AnyDistribution = Field(Dirac(value=1.0), description="of units' input; signs are random")
    input_share: Fraction = Field(0.3, description="of units that receive input at all")
    reach: PositiveFloat = Field(3.0, ge=1, le=100, description="of connections: λ in spacings of the units' grid")
    connection: PositiveFloat = Field(0.6, le=1, description="probability of a connection without distance: C")

    @property
    def spiking_layers(self) -> int:
        return 0  # none whose neurons a search could choose

    def size(self, shape: tuple[int, ...], classes: int) -> Size:
        return linear(self.units, classes)
