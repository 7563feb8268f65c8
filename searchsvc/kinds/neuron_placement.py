"""Layer-wise neuron search: which neuron each spiking layer of a network should use (ST-DANO)."""

import random
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from searchsvc import strategies
from searchsvc.kinds._neuron_job import NeuronJob
from searchsvc.strategies import darts
from searchsvc.strategies.params.darts import Params as Darts
from searchsvc.strategy import Outcome
from spaces.configuration import PlainNeuron
from spaces.fittings.params import gradient

if TYPE_CHECKING:
    from searchsvc.strategies.params import StrategyParams as Strategy
else:
    Strategy = strategies.union("layers", default="darts")

DEFAULT_NEURONS: Any = ("lif", "llif", "slif")  # names, which validation turns into parameter models

Placement = tuple[str, ...]


class Job(NeuronJob):
    """The same neuron everywhere, random placements, and what a super network names, or whatever the strategy asks for.

    Trials: those that prepare (the super network's one) + seeds x placements. Each is one candidate: where the
    searched one is among the others, that one is called so too, and a further random one takes its trials.
    """

    pictures: ClassVar[Sequence[str]] = ("alpha", "alpha-trajectories")
    kind: Literal["neuron_placement"]
    neurons: tuple[PlainNeuron, ...] = Field(DEFAULT_NEURONS, min_length=2)
    training: gradient.Params = Field(gradient.Params(), description="of every discrete network")
    strategy: Strategy = Darts()

    @model_validator(mode="after")
    def _each_neuron_once(self) -> Self:
        names = [neuron.name for neuron in self.neurons]
        if len(set(names)) < len(names):
            raise ValueError(f"neurons: got {', '.join(names)}; give each neuron once")
        return self

    @model_validator(mode="after")
    def _budget_for_the_baselines(self) -> Self:
        placements, prepared = min(1 + len(self.neurons), self._size), self.strategy.preparing_trials
        least = prepared + self.seeds * placements
        if self.budget.trials < least:
            super_network = "the super network and " if prepared else ""
            raise ValueError(
                f"budget.trials: got {self.budget.trials}; this search needs at least {least}: {super_network}"
                f"{self.seeds} seeds of {placements} placements; raise budget.trials or lower seeds"
            )
        return self

    @property
    def candidate_count(self) -> int:
        affordable = (self.budget.trials - self.strategy.preparing_trials) // self.seeds
        return min(affordable, self._size + self.counts_copies)

    @property
    def uses_up(self) -> bool:
        return self.candidate_count == self._size

    @property
    def _size(self) -> int:
        size: int = len(self.neurons) ** self.network.spiking_layers
        return size

    @cached_property
    def placements(self) -> dict[str, Placement]:
        """By their labels those that need no outcome: the uniform ones, then random ones, distinct and not uniform.

        The last random one is asked for only if the searched placement is among the others.
        """
        names = [neuron.name for neuron in self.neurons]
        layers = self.network.spiking_layers
        generator = random.Random(f"{self.seed}/random placements")
        drawn: dict[Placement, None] = {}
        while len(drawn) < self.candidate_count - len(names) - self.counts_copies:
            placement = tuple(generator.choices(names, k=layers))
            if len(set(placement)) > 1:
                drawn[placement] = None
        uniform = {f"all {name.upper()}": (name,) * layers for name in names}
        return uniform | {f"random {number}": placement for number, placement in enumerate(drawn, 1)}

    def names(self, outcomes: Sequence[Outcome]) -> Mapping[str, str]:
        return darts.names(self, outcomes)
