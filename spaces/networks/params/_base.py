from abc import abstractmethod

from spaces.params import Params


class NetworkParams(Params):
    """What every network has."""

    name: str

    @property
    @abstractmethod
    def spiking_layers(self) -> int:
        """How many layers of neurons there are, counted from the input."""
