"""Layer-wise neuron search (ST-DANO, after DARTS), beside the baselines that say whether it was worth it.

Trial 0 trains the super network. Then, with equal epochs and seeds: the same neuron in every layer, random placements
as the budget allows, and last the placement that the super network's architecture parameters name; if that is among
the others, it has been trained, and one more random placement takes its turn.
Baselines need no outcome, so they run while the super network trains.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from searchsvc.strategies.params.darts import Params
from searchsvc.strategy import Asked, Candidate, Outcome, Suggestion, own, place
from spaces.configuration import Architect, Configuration, Network, PlainNeuron
from spaces.fittings.params import gradient
from spaces.networks.presets import discretise
from spaces.neurons.params.super_neuron import Params as SuperNeuron

Placement = tuple[str, ...]  # the neuron's name of every spiking layer


class Placed(Protocol):
    """What says which placements a search has."""

    @property
    def neurons(self) -> tuple[PlainNeuron, ...]: ...

    @property
    def counts_copies(self) -> bool: ...

    @property
    def candidate_count(self) -> int: ...

    @property
    def placements(self) -> Mapping[str, Placement]:
        """By their labels those that need no outcome, the uniform ones first."""


class Job(Placed, Protocol):
    """What this strategy asks of a kind of search."""

    @property
    def network(self) -> Network: ...

    @property
    def training(self) -> gradient.Params: ...

    @property
    def strategy(self) -> Params: ...

    @property
    def seeds(self) -> int: ...

    @property
    def repeats(self) -> int: ...

    def trial_seed(self, repeat: int) -> int: ...

    def configuration(self, **fields: object) -> Configuration:
        """The network with these neurons, and what else differs between candidates."""


class Strategy:
    def __init__(self, job: Job) -> None:
        self.job = job
        self.neurons = {neuron.name: neuron for neuron in job.neurons}
        self.layers: int = job.network.spiking_layers

    def suggest(self, asked: Sequence[Asked], outcomes: Sequence[Outcome]) -> Suggestion | None:
        number = len(own(asked))
        if number == 0:
            return Suggestion(self._super_network(), self.job.trial_seed(0))
        index, repeat = place(number - 1, self.job.candidate_count, self.job.seeds)
        if repeat >= self.job.repeats:
            return None
        candidate = self._candidate(index, outcomes)
        return Suggestion(candidate, self.job.trial_seed(repeat)) if candidate else None

    def _candidate(self, index: int, outcomes: Sequence[Outcome]) -> Candidate | None:
        """Number `index`, from 0; None while it takes the super network to know it."""
        labels = list(self.job.placements)
        is_last = index == self.job.candidate_count - 1 and index >= len(self.neurons)
        if is_last:
            found = searched(self.job, outcomes)
            if not found:
                return None
            if self.job.counts_copies or not _twin(self.job, found):
                return self._discrete(found, "searched", "searched")
        origin = "baseline" if index < len(self.neurons) else "random"
        return self._discrete(self.job.placements[labels[index]], origin, labels[index])

    def _discrete(self, placement: Placement, origin: str, label: str) -> Candidate:
        neurons = tuple(self.neurons[name] for name in placement)
        return Candidate(self.job.configuration(neurons=neurons), origin, label)

    def _super_network(self) -> Candidate:
        s = self.job.strategy
        every = SuperNeuron(candidates=self.job.neurons)
        training = self.job.training.model_copy(update={"epochs": s.epochs})
        architect = Architect(lr=s.alpha_lr, weight_decay=s.alpha_weight_decay)
        config = self.job.configuration(neurons=(every,) * self.layers, training=training, architect=architect)
        return Candidate(config, "super network", "super network", phase="search")


def searched(job: Placed, outcomes: Sequence[Outcome]) -> Placement | None:
    """The placement that the super network names, once it has ended."""
    names = tuple(neuron.name for neuron in job.neurons)
    return next((discretise(o.architecture, names) for o in outcomes if o.number == 0 and o.architecture), None)


def names(job: Placed, outcomes: Sequence[Outcome]) -> Mapping[str, str]:
    """That the searched placement is so called where it is another candidate's, by the label that this one has."""
    found = None if job.counts_copies else searched(job, outcomes)
    label = _twin(job, found) if found else None
    return {"searched": label} if label else {}


def _twin(job: Placed, searched: Placement) -> str | None:
    """The label of the searched placement among those that are asked for anyway."""
    labels = list(job.placements)[: max(len(job.neurons), job.candidate_count - 1)]
    return next((label for label in labels if job.placements[label] == searched), None)
