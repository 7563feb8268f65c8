r"""Degree sweep: which polynomial a learnable neuron model (LNM) needs.

Every degree with every bounding method and every surrogate, each with equal epochs and seeds. The baseline is the LIF
that LNM starts as: it keeps 0.25 of its potential, :math:`\tau = -1 / \ln 0.25`, with the same threshold, surrogate and
detached reset, one for each surrogate; so what differs is only what the polynomials have learned.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from searchsvc import strategies
from searchsvc.kinds._neuron_job import NeuronJob
from searchsvc.strategies.params import sweep
from searchsvc.strategy import Candidate
from spaces.configuration import PlainNeuron
from spaces.gradients.params import Rectangle, Surrogate
from spaces.neurons.params import lif, lnm
from spaces.params import Params

if TYPE_CHECKING:
    from searchsvc.strategies.params import StrategyParams as Strategy
else:
    Strategy = strategies.union("candidates", default="sweep")

Degree = Annotated[int, Field(ge=1, le=64)]
Bounding = Literal["clip1", "clip5", "tanh"]
_surrogate: TypeAdapter[Surrogate] = TypeAdapter(Surrogate)


class Job(NeuronJob):
    """Trials: seeds x surrogates x (1 + degrees x bounding methods), and what `when_exhausted` adds."""

    pictures: ClassVar[Sequence[str]] = ("degrees", "polynomials")
    kind: Literal["polynomial_degree"]
    degrees: tuple[Degree, ...] = Field((1, 2, 3, 4, 5), min_length=1)
    boundings: tuple[Bounding, ...] = Field(("clip1",), min_length=1)
    surrogates: tuple[Surrogate, ...] = Field((Rectangle(),), min_length=1)
    strategy: Strategy = sweep.Params()

    @model_validator(mode="after")
    def _each_value_once(self) -> Self:
        for name in ("degrees", "boundings", "surrogates"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name}: got {', '.join(map(_shown, values))}; give each value once")
        return self

    @model_validator(mode="after")
    def _budget_for_all(self) -> Self:
        least = self.seeds * self.candidate_count
        if self.budget.trials < least:
            raise ValueError(
                f"budget.trials: got {self.budget.trials}; this sweep needs {least}: {self.seeds} seeds of "
                f"{self.candidate_count} candidates; raise budget.trials, or lower seeds or the values to sweep"
            )
        return self

    @property
    def candidate_count(self) -> int:
        return len(self.surrogates) * (1 + len(self.degrees) * len(self.boundings))

    @property
    def uses_up(self) -> bool:
        return True

    def coordinates(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        """Of what is swept; a LIF has neither degree nor bounding."""
        neuron = configuration["neurons"][0]
        found = {**neuron, "surrogate": _shown(_surrogate.validate_python(neuron["surrogate"]))}
        several = {"degree": self.degrees, "bounding": self.boundings, "surrogate": self.surrogates}
        return {name: found[name] for name, values in several.items() if len(values) > 1 and name in found}

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

    def _candidate(self, neuron: PlainNeuron, origin: str, label: str) -> Candidate:
        neurons = (neuron,) * self.network.spiking_layers
        several = len(self.surrogates) > 1
        named = f"{label}, {_shown(neuron.surrogate)}" if several else label
        return Candidate(self.configuration(neurons=neurons), origin, named)


def baseline(surrogate: Surrogate) -> lif.Params:
    """The LIF that an LNM with this surrogate starts as."""
    start = lnm.Params(surrogate=surrogate)
    return lif.Params(
        tau=-1 / math.log(lnm.START),
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
