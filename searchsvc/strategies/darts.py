"""Layer-wise neuron search (ST-DANO, after DARTS), beside the baselines that say whether it was worth it.

Trial 0 trains the super network. Then, with equal epochs and seeds: the same neuron in every layer, random placements
as the budget allows, and last the placement that the super network's architecture parameters name.
Baselines need no outcome, so they run while the super network trains.
"""

import random
from collections.abc import Sequence
from functools import cached_property

from searchsvc.jobs.neuron_placement import Job
from searchsvc.strategy import NOTHING_PENDING, Candidate, Origin, Outcome, Pending, Suggestion
from spaces.configuration import Architect
from spaces.networks import discretise
from spaces.neurons.params.super_neuron import Params as SuperNeuron

Placement = tuple[str, ...]


class Strategy:
    def __init__(self, job: Job) -> None:
        self.job = job
        self.neurons = {neuron.name: neuron for neuron in job.neurons}
        self.layers: int = job.network.spiking_layers

    def suggest(
        self, number: int, outcomes: Sequence[Outcome], pending: Pending = NOTHING_PENDING
    ) -> Suggestion | None:
        if number == 0:
            return Suggestion(self._super_network(), self.job.trial_seed(0))
        index, repeat = divmod(number - 1, self.job.seeds)
        if index < len(self.neurons):
            name = list(self.neurons)[index]
            candidate = self._discrete((name,) * self.layers, "baseline", f"all {name.upper()}")
        elif (drawn := index - len(self.neurons)) < self.job.random_placements:
            candidate = self._discrete(self._random[drawn], "random", f"random {drawn + 1}")
        elif drawn == self.job.random_placements and (placement := self._searched(outcomes)):
            candidate = self._discrete(placement, "searched", "searched")
        else:
            return None
        return Suggestion(candidate, self.job.trial_seed(repeat))

    @cached_property
    def _random(self) -> list[Placement]:
        """Distinct placements, uniform over those that are not the same everywhere."""
        generator = random.Random(f"{self.job.seed}/random placements")
        drawn: dict[Placement, None] = {}
        while len(drawn) < self.job.random_placements:
            placement = tuple(generator.choices(list(self.neurons), k=self.layers))
            if len(set(placement)) > 1:
                drawn[placement] = None
        return list(drawn)

    def _searched(self, outcomes: Sequence[Outcome]) -> Placement | None:
        for outcome in outcomes:
            if outcome.number == 0:
                return discretise(outcome.architecture, tuple(self.neurons))
        return None

    def _discrete(self, placement: Placement, origin: Origin, label: str) -> Candidate:
        neurons = tuple(self.neurons[name] for name in placement)
        return Candidate(self.job.configuration(neurons=neurons), origin, label)

    def _super_network(self) -> Candidate:
        s = self.job.strategy
        every = SuperNeuron(candidates=self.job.neurons)
        training = self.job.training.model_copy(update={"epochs": s.epochs})
        architect = Architect(lr=s.alpha_lr, weight_decay=s.alpha_weight_decay)
        config = self.job.configuration(neurons=(every,) * self.layers, training=training, architect=architect)
        return Candidate(config, "super network", "super network", phase="search")
