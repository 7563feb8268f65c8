"""What neurons and synapses say of themselves, beside what they compute."""

from typing import Any, NamedTuple

from torch import Tensor, nn

from spaces.params import Params


class Operations(NamedTuple):
    """What one forward pass cost, summed over steps, batch, and neurons or connections (rules: `spaces.costs`)."""

    macs: float = 0.0
    acs: float = 0.0
    transcendentals: float = 0.0  # tanh and exp
    sops: float = 0.0  # synaptic operations


class Part(nn.Module):
    """A neuron or a synapse, made from its parameter model."""

    def __init__(self, params: Params) -> None:
        super().__init__()
        self.params: Any = params

    def own_parameters(self) -> dict[str, nn.Parameter]:
        """What it learns beside weights, such as time constants: at a learning rate of their own, without decay."""
        return dict(self.named_parameters(recurse=False))

    def recorded(self) -> dict[str, Tensor]:
        """What every epoch's report says of it, by name; of more than 64 numbers their quantiles alone."""
        return {**self.own_parameters()}

    def _get_name(self) -> str:
        return str(self.params.name)

    def extra_repr(self) -> str:
        return ", ".join(f"{k}={self._told(k, v)}" for k, v in self.params if k != "name")

    def _told(self, field: str, value: Any) -> str:
        """What printing it says of a parameter."""
        return repr(value)
