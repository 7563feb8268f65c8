"""Hyperparameters: which values fields of a network, of its neurons and of its training should have."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from searchsvc.kinds._network_job import NetworkJob
from searchsvc.kinds._space_job import SpaceJob
from spaces.configuration import PlainNeuron

DEFAULT_NEURONS: Any = ("lif",)  # a name, which validation turns into a parameter model


class _Layered(NetworkJob):
    neurons: tuple[PlainNeuron, ...] = Field(
        DEFAULT_NEURONS, min_length=1, description="one for all layers, or one for each, from the input"
    )

    @model_validator(mode="after")
    def _one_for_all_or_for_each_layer(self) -> Self:
        if len(self.neurons) not in (1, layers := self.network.spiking_layers):
            raise ValueError(f"neurons: got {len(self.neurons)}; give one for all layers, or one for each of {layers}")
        return self


class Job(SpaceJob, _Layered):
    """A network that is trained by gradient descent, with other values in the place of some of its fields."""

    kind: Literal["hyperparameters"]

    @property
    def trial_steps(self) -> int:
        """Of the longest trial."""
        epochs = self.space.get("training.epochs")
        return max(epochs.ends()) if epochs else self.training.epochs
