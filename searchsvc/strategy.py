"""What a strategy is: what was asked for and what came of it in, one suggestion out. It knows neither Ray nor SQL;
anyone can run one in a for loop.

A suggestion is a pure function of (specification, the trials asked for so far, the outcomes told so far in order),
so that a restarted runner needs no strategy state and every suggestion can be recomputed from the stored rows. What
other searches found (`warm_start`) comes first among the outcomes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, Self

from spaces.body import Body
from spaces.space.dimensions import Point

Phase = Literal["search", "retrain", "confirm"]  # a super network's training; what ranks; leaders on fresh seeds
LayerParameter = tuple[int, str, list[float]]  # layer from the input, name, values


@dataclass(frozen=True)
class Candidate:
    """One point of the space; its trials differ by seed. Its `label` names it within its search.

    A body is one candidate, under one label; `BaseJob.names` says what else it is called.
    """

    body: Body
    origin: str  # how it came about; "baseline" is what others are compared with
    label: str
    phase: Phase = "retrain"  # a candidate of phase "search" is a means and does not rank
    point: Point = field(default_factory=dict, compare=False)  # what the body says of the named dimensions
    parent: str | None = None  # the label of the candidate that it was made from


@dataclass(frozen=True)
class Prediction:
    """What a surrogate expects a candidate's mean score to be."""

    mean: float
    sd: float


@dataclass(frozen=True)
class Suggestion:
    candidate: Candidate
    seed: int
    start_from: int | None = None  # the number of the trial whose trained weights it starts from; that has ended well
    seeds: int | None = None  # trials that its candidate must have to count; None: as many as the search says
    prediction: Prediction | None = None
    health: str = ""  # of the surrogate that made it: "good", or what it had to do without
    quantiles: Mapping[str, Sequence[float]] = field(default_factory=dict, compare=False)  # of its distributions


@dataclass(frozen=True)
class Asked:
    """A trial that was asked for, as a strategy sees it."""

    number: int
    label: str  # of its candidate
    seed: int
    point: Point = field(default_factory=dict)

    @classmethod
    def of(cls, number: int, suggestion: Suggestion) -> Self:
        candidate = suggestion.candidate
        return cls(number, candidate.label, suggestion.seed, candidate.point)


@dataclass(frozen=True)
class Outcome:
    """A trial that has ended, as a strategy sees it: well, or without a score, since it failed."""

    number: int  # below 0: of another search
    score: float | None
    architecture: list[list[float]] = field(default_factory=list)  # layers x candidates, of the last epoch
    point: Point = field(default_factory=dict)  # of a search over named dimensions
    tradeoffs: tuple[float, ...] = ()  # values of the metrics that the search trades off against the score
    label: str = field(default="", compare=False)  # of its candidate

    @property
    def ended_well(self) -> bool:
        """A super network may have no score, where candidates have one: its neurons give no plain spikes."""
        return self.score is not None or bool(self.architecture)


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
    configuration: Mapping[str, Any] = field(default_factory=dict, compare=False)  # as JSON
    means: Mapping[str, float] = field(default_factory=dict)
    confirmed: tuple[float, ...] = ()  # scores over fresh seeds, which selected nothing
    aliases: tuple[str, ...] = ()  # further labels
    seeds: int = 1  # trials that it must have to count, as its strategy last said

    @property
    def is_complete(self) -> bool:
        return len(self.scores) >= self.seeds

    @property
    def is_searched(self) -> bool:
        return "searched" in (self.label, *self.aliases)

    @property
    def mean(self) -> float:
        return average(self.scores)


class Strategy(Protocol):
    def suggest(self, asked: Sequence[Asked], outcomes: Sequence[Outcome]) -> Suggestion | None:
        """A trial that is ready to run; what waits for other trials' outcomes is left for later.

        None while these outcomes allow no further one; with nothing running that means that the search is complete.

        Args:
            asked: the trials so far, those of baselines, which have numbers below 0, before its `own` ones, which are
                numbered 0, 1, 2, ...; those without an outcome run, or wait to.
        """


def own(asked: Iterable[Asked]) -> list[Asked]:
    """The trials that the strategy itself has asked for, by their numbers: so many that the next one is their count."""
    return [trial for trial in asked if trial.number >= 0]


class Place(NamedTuple):
    """Of a trial: which candidate it is of, and which of its seeds it has, both from 0."""

    candidate: int
    repeat: int


def place(number: int, candidates: int, together: int) -> Place:
    """Where trial `number` stands: first `together` seeds of each candidate, then one more of all, again and again.

    >>> [tuple(place(number, 2, 3)) for number in range(9)]
    [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3), (0, 4)]
    """
    if number < candidates * together:
        return Place(*divmod(number, together))
    repeat, candidate = divmod(number, candidates)
    return Place(candidate, repeat)


def running(asked: Iterable[Asked], outcomes: Iterable[Outcome]) -> list[Point]:
    """The points of those trials that have no outcome yet, by their numbers."""
    ended = {outcome.number for outcome in outcomes}
    return [trial.point for trial in asked if trial.number not in ended]
