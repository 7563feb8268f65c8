"""What a strategy is: outcomes in, suggestions out. It knows neither Ray nor SQL; anyone can run one in a for loop.

A suggestion is a pure function of (specification, trial number, the outcomes told so far in their order, the points of
the earlier trials that have not been told), so that a restarted runner needs no strategy state and every suggestion can
be recomputed from the stored rows. What other searches found (`warm_start`) comes first among the outcomes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Protocol

from spaces.configuration import Configuration
from spaces.dimensions import Point

Origin = Literal["super network", "searched", "baseline", "random", "sweep", "sobol", "prior", "model"]
Phase = Literal["search", "retrain", "confirm"]  # a super network's training; what ranks; leaders on fresh seeds
Pending = Mapping[int, Point]  # by the trial's number
LayerParameter = tuple[int, str, list[float]]  # layer from the input, name, values

NOTHING_PENDING: Pending = MappingProxyType({})


@dataclass(frozen=True)
class Candidate:
    """One point of the space; its trials differ by seed. Its `label` names it within its search."""

    configuration: Configuration
    origin: Origin
    label: str
    phase: Phase = "retrain"  # a candidate of phase "search" is a means and does not rank
    point: Point = field(default_factory=dict, compare=False)  # what the configuration says of the named dimensions


@dataclass(frozen=True)
class Prediction:
    """What a surrogate expects a candidate's mean score to be."""

    mean: float
    sd: float


@dataclass(frozen=True)
class Suggestion:
    candidate: Candidate
    seed: int
    prediction: Prediction | None = None
    health: str = ""  # of the surrogate that made it: "good", or what it had to do without
    quantiles: Mapping[str, Sequence[float]] = field(default_factory=dict, compare=False)  # of its distributions


@dataclass(frozen=True)
class Outcome:
    """A trial that has ended, as a strategy sees it: well, or without a score, since it failed."""

    number: int  # below 0: of another search
    score: float | None
    architecture: list[list[float]] = field(default_factory=list)  # layers x candidates, of the last epoch
    point: Point = field(default_factory=dict)  # of a search over named dimensions
    tradeoffs: tuple[float, ...] = ()  # values of the metrics that the search trades off against the score
    label: str = field(default="", compare=False)  # of its candidate


def alphas(parameters: Iterable[LayerParameter]) -> list[list[float]]:
    """The architecture parameters (layers x candidates) among what a step reported.

    >>> alphas([(0, "alpha", [0.1, 0.2]), (1, "theta", [0.25]), (2, "alpha", [0.3, 0.1])])
    [[0.1, 0.2], [0.3, 0.1]]
    """
    return [values for _, name, values in parameters if name == "alpha"]


def rounded(value: float) -> float:
    """To 12 digits, so that sums in another order are the same, and ties are ties.

    >>> rounded(0.1 + 0.2), rounded(335 / 360)
    (0.3, 0.930555555556)
    """
    return float(f"{value:.11e}")


def average(values: Sequence[float]) -> float:
    """Their mean, to as many digits."""
    return rounded(sum(values) / len(values))


@dataclass(frozen=True)
class Sample:
    """A candidate's scores over its seeds, and the means of all its metrics."""

    label: str
    origin: str
    scores: tuple[float, ...]
    placement: tuple[str, ...]
    surrogate: str = ""
    means: Mapping[str, float] = field(default_factory=dict)
    confirmed: tuple[float, ...] = ()  # scores over fresh seeds, which selected nothing

    @property
    def is_lif_baseline(self) -> bool:
        return self.origin == "baseline" and set(self.placement) == {"lif"}

    @property
    def mean(self) -> float:
        return average(self.scores)


class Strategy(Protocol):
    def suggest(
        self, number: int, outcomes: Sequence[Outcome], pending: Pending = NOTHING_PENDING
    ) -> Suggestion | None:
        """Trial `number` (from 0), or None while these outcomes allow no further one.

        None with nothing running means that the search is complete.

        Args:
            pending: the points of trials before `number` that are not among the outcomes, by their numbers; empty for
                kinds of search without named dimensions.
        """
