r"""Degree sweep: which polynomial a learnable neuron model (LNM) needs.

Every degree with every bounding method and every surrogate, each with equal epochs and seeds. The baseline is the LIF
that LNM starts as: it keeps 0.25 of its potential, :math:`\tau = -1 / \ln 0.25`, with the same threshold, surrogate and
detached reset, one for each surrogate; so what differs is only what the polynomials have learned.
"""

import math
from itertools import product
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from searchsvc.jobs._network_job import NetworkJob
from searchsvc.strategies.params import sweep
from searchsvc.strategy import Candidate, Origin
from spaces.configuration import PlainNeuron
from spaces.neurons.params import lif, lnm
from spaces.params import Params
from spaces.surrogate_params import Rectangle, Surrogate

Degree = Annotated[int, Field(ge=1, le=64)]
Bounding = Literal["clip1", "clip5", "tanh"]
KEPT = 0.25  # of the potential, by an LNM that has learned nothing yet


class Job(NetworkJob):
    """Trials: seeds x surrogates x (1 + degrees x bounding methods)."""

    kind: Literal["polynomial_degree"]
    degrees: tuple[Degree, ...] = Field((1, 2, 3, 4, 5), min_length=1)
    boundings: tuple[Bounding, ...] = Field(("clip1",), min_length=1)
    surrogates: tuple[Surrogate, ...] = Field((Rectangle(),), min_length=1)
    strategy: sweep.Params = sweep.Params()

    @model_validator(mode="after")
    def _each_value_once(self) -> Self:
        for name in ("degrees", "boundings", "surrogates"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name}: got {', '.join(map(_shown, values))}; give each value once")
        return self

    @model_validator(mode="after")
    def _budget_for_all(self) -> Self:
        if self.budget.trials < self.total_trials():
            raise ValueError(
                f"budget.trials: got {self.budget.trials}; this sweep needs {self.total_trials()}: {self.seeds} seeds "
                f"of {self.total_trials() // self.seeds} candidates; raise budget.trials, or lower seeds or the values "
                "to sweep"
            )
        return self

    @property
    def strategy_name(self) -> str:
        return self.strategy.name

    def total_trials(self) -> int:
        return self.seeds * len(self.surrogates) * (1 + len(self.degrees) * len(self.boundings))

    def candidates(self) -> list[Candidate]:
        """The baselines, then every combination."""
        every = product(self.surrogates, self.boundings, self.degrees)
        return [
            *(self._candidate(baseline(surrogate), "baseline", "LIF") for surrogate in self.surrogates),
            *(
                self._candidate(lnm.Params(degree=d, bounding=b, surrogate=s), "sweep", f"LNM degree {d}, {b}")
                for s, b, d in every
            ),
        ]

    def _candidate(self, neuron: PlainNeuron, origin: Origin, label: str) -> Candidate:
        neurons = (neuron,) * self.network.spiking_layers
        several = len(self.surrogates) > 1
        named = f"{label}, {_shown(neuron.surrogate)}" if several else label
        return Candidate(self.configuration(neurons=neurons), origin, named)


def baseline(surrogate: Surrogate) -> lif.Params:
    """The LIF that an LNM with this surrogate starts as."""
    start = lnm.Params(surrogate=surrogate)
    return lif.Params(
        tau=-1 / math.log(KEPT),
        v_threshold=start.v_threshold,
        surrogate=surrogate,
        detach_reset=start.detach_reset,
    )


def _shown(value: object) -> str:
    """A surrogate by its name and what is not usual of it.

    >>> _shown(Rectangle(width=0.5))
    'rectangle width 0.5'
    """
    if not isinstance(value, Params):
        return str(value)
    fields, usual = dict(value), dict(type(value)())
    return " ".join([fields["name"], *(f"{name} {fields[name]:g}" for name in fields if fields[name] != usual[name])])
