from typing import ClassVar, Literal

from spaces.params import Params


class SynapseParams(Params):
    """What every synapse has."""

    connects: ClassVar[Literal["features", "images"]] = "features"  # what a sample is at one step: numbers, or channels

    name: str

    def size(self, inputs: int, outputs: int) -> tuple[int, int]:
        """Its parameters beside weights, and the numbers that training keeps at least of a step beside its input."""
        return 0, 0
