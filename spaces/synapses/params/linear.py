from typing import Literal

from spaces.synapses.params._base import SynapseParams


class Params(SynapseParams):
    """A weight from every input to every output."""

    name: Literal["linear"] = "linear"
