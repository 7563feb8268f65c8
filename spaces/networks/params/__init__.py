"""Parameter models of the networks; torch-free."""

from spaces.networks.params._base import NetworkParams

__all__ = ["NetworkParams"]
