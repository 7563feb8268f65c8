"""Layer-wise neuron search: which neuron each spiking layer of a network should use (ST-DANO)."""

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from searchsvc.jobs._network_job import NetworkJob
from searchsvc.strategies.params import darts
from spaces.configuration import PlainNeuron

DEFAULT_NEURONS: Any = ("lif", "llif", "slif")  # names, which validation turns into parameter models


class Job(NetworkJob):
    """One super network, the placement it names, the same neuron everywhere, and random placements.

    Trials: 1 + seeds x (1 + neurons + random placements); the budget says how many random ones there are.
    """

    judges: ClassVar[Literal["searched", "winner"]] = "searched"
    kind: Literal["neuron_placement"]
    neurons: tuple[PlainNeuron, ...] = Field(DEFAULT_NEURONS, min_length=2)
    strategy: darts.Params = darts.Params()

    @model_validator(mode="after")
    def _each_neuron_once(self) -> Self:
        names = [neuron.name for neuron in self.neurons]
        if len(set(names)) < len(names):
            raise ValueError(f"neurons: got {', '.join(names)}; give each neuron once")
        return self

    @model_validator(mode="after")
    def _budget_for_the_baselines(self) -> Self:
        least = 1 + self.seeds * (1 + len(self.neurons))
        if self.budget.trials < least:
            raise ValueError(
                f"budget.trials: got {self.budget.trials}; this search needs at least {least}: the super network and "
                f"{self.seeds} seeds of {1 + len(self.neurons)} placements; raise budget.trials or lower seeds"
            )
        return self

    @property
    def strategy_name(self) -> str:
        return self.strategy.name

    @property
    def random_placements(self) -> int:
        """As many as the budget pays for and the space has."""
        affordable = (self.budget.trials - 1) // self.seeds - 1 - len(self.neurons)
        space: int = len(self.neurons) ** self.network.spiking_layers
        return min(affordable, space - len(self.neurons))

    def total_trials(self) -> int:
        return 1 + self.seeds * (1 + len(self.neurons) + self.random_placements)
