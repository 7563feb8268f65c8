"""Parameter models of the synapses; torch-free."""

from spaces.synapses.params._base import SynapseParams

__all__ = ["SynapseParams"]
