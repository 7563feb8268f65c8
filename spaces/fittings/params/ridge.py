from typing import ClassVar, Literal

from pydantic import Field

from spaces.fittings.params._base import FittingParams


class Params(FittingParams):
    """Ridge regression of a network's readout on its states; one step, and nothing else is fitted."""

    asks: ClassVar[frozenset[str]] = frozenset({"states"})
    targets: ClassVar[frozenset[str]] = frozenset({"sequences"})

    name: Literal["ridge"] = "ridge"
    regularisation: float = Field(1e-6, gt=0, le=1e3, description="relative to the mean square of a unit's state")

    epochs: ClassVar[int] = 1
