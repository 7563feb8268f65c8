"""Heterogeneity: which distributions a network's parameters should be drawn from, beside ordinary hyperparameters.

A candidate is evaluated with several seeds, each of which draws its units anew. The baseline is the network as given,
by default a homogeneous one.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from searchsvc.kinds._space_job import SpaceJob
from searchsvc.metrics.objectives import Objective
from spaces.configuration import Network
from spaces.fittings.params import ridge
from spaces.metrics import selecting

DEFAULT_NETWORK: Any = "reservoir"  # a name, which validation turns into a parameter model


class Job(SpaceJob):
    """A network whose readout alone is fitted, with values or distributions in the place of its fields."""

    costs: ClassVar[Sequence[str]] = selecting(ridge.Params.measures)
    kind: Literal["heterogeneity"]
    network: Network = Field(DEFAULT_NETWORK)
    training: ridge.Params = ridge.Params()
    objective: Objective = Objective(metric="memory_capacity/validation")

    @property
    def trial_steps(self) -> int:
        return self.training.epochs
