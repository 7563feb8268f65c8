"""Parameter models of the neurons; torch-free."""

from spaces.neurons.params._base import NeuronParams

__all__ = ["NeuronParams"]
