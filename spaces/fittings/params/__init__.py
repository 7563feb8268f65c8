"""Parameter models of the fittings; torch-free."""

from spaces.fittings.params._base import FittingParams

__all__ = ["FittingParams"]
