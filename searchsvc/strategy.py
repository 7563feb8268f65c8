"""What a strategy is: outcomes in, suggestions out. It knows neither Ray nor SQL; anyone can run one in a for loop.

A suggestion is a pure function of (specification, trial number, the outcomes told so far in their order), so that a
restarted runner needs no strategy state and every suggestion can be recomputed from the stored rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from spaces.configuration import Configuration

Origin = Literal["super network", "searched", "baseline", "random", "sweep"]
Phase = Literal["search", "retrain"]
LayerParameter = tuple[int, str, list[float]]  # layer from the input, name, values


@dataclass(frozen=True)
class Candidate:
    """One point of the space; its trials differ by seed. Its `label` names it within its search."""

    configuration: Configuration
    origin: Origin
    label: str
    phase: Phase = "retrain"  # a candidate of phase "search" is a means and does not rank


@dataclass(frozen=True)
class Suggestion:
    candidate: Candidate
    seed: int


@dataclass(frozen=True)
class Outcome:
    """A trial that ended well, as a strategy sees it."""

    number: int
    score: float
    architecture: list[list[float]] = field(default_factory=list)  # layers x candidates, of the last epoch


def alphas(parameters: Iterable[LayerParameter]) -> list[list[float]]:
    """The architecture parameters (layers x candidates) among what a step reported.

    >>> alphas([(0, "alpha", [0.1, 0.2]), (1, "theta", [0.25]), (2, "alpha", [0.3, 0.1])])
    [[0.1, 0.2], [0.3, 0.1]]
    """
    return [values for _, name, values in parameters if name == "alpha"]


@dataclass(frozen=True)
class Sample:
    """A candidate's scores over its seeds, and the means of all its metrics."""

    label: str
    origin: str
    scores: tuple[float, ...]
    placement: tuple[str, ...]
    surrogate: str = ""
    means: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_lif_baseline(self) -> bool:
        return self.origin == "baseline" and set(self.placement) == {"lif"}

    @property
    def mean(self) -> float:
        return sum(self.scores) / len(self.scores)


class Strategy(Protocol):
    def suggest(self, number: int, outcomes: Sequence[Outcome]) -> Suggestion | None:
        """Trial `number` (from 0), or None while these outcomes allow no further one.

        None with nothing running means that the search is complete.
        """
