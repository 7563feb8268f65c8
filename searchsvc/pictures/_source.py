"""What pictures may know of a search, of a trial and of candidates side by side: plain values, asked for when needed.

A stored search answers with queries (`searchsvc.service.sources`), one that ran in this process with what it remembers
(`searchsvc.local`), and tests with what they say (`searchsvc.testing.sources`). So one picture draws them all.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, Self

from searchsvc.metrics.words import titled
from searchsvc.strategy import LayerParameter

Mean = tuple[float, float | None]  # over seeds, and the half-width of its 95 % interval
Alphas = tuple[Sequence[str], Mapping[int, Sequence[Sequence[float]]]]  # neurons; layers x neurons of every epoch
Runs = Mapping[str, Sequence[Sequence[float]]]  # by candidate, of each of its trials a value an epoch


class Scored(NamedTuple):
    """A trial that ended well. Times are seconds since 1970."""

    time: float
    score: float
    label: str  # of its candidate
    seeds: int = 1  # trials that make its candidate complete


class Bar(NamedTuple):
    """A trial's time on its worker; `ended` is None while it runs."""

    worker: str | None
    number: int
    label: str
    what: str  # its phase, or its state unless it ended well
    started: float
    ended: float | None


class Layer(NamedTuple):
    """What a layer costs an inference: joule, and the share of steps at which its neurons fire."""

    layer: str
    energy: float
    firing_rate: float | None


class Complete(NamedTuple):
    """A candidate with all its seeds that keeps every constraint."""

    label: str
    value: float  # mean of the metric asked for
    score: float  # mean of the objective
    time: float  # when its last seed finished


class Candidate(NamedTuple):
    """A place of the leaderboard."""

    number: int
    label: str
    aliases: Sequence[str]
    configuration: Mapping[str, Any]
    means: Mapping[str, Mean]  # by metric
    values: Mapping[str, Any]  # of what the search varies, if its kind names that
    quantiles: Mapping[str, Sequence[float]]  # at `spaces.distributions.nodes`, of those values that are distributions

    @property
    def title(self) -> str:
        """All its labels."""
        return titled(self.label, self.aliases)


class Learned(NamedTuple):
    """What the layers of a trial's network have learned of their own."""

    seed: int
    layers: Mapping[int, Mapping[str, Sequence[float]]]  # by layer from the input and name, such as theta

    @classmethod
    def of(cls, seed: int, parameters: Iterable[LayerParameter]) -> Self:
        layers: dict[int, dict[str, Sequence[float]]] = {}
        for layer, name, values in parameters:
            layers.setdefault(layer, {})[name] = values
        return cls(seed, layers)


class Search(Protocol):
    """A search, whatever has ended of it."""

    @property
    def objective(self) -> str: ...

    @property
    def started(self) -> float:
        """In seconds since 1970, as all times."""

    @property
    def has_ended(self) -> bool: ...

    @property
    def pictures(self) -> Collection[str]:
        """Those that its kind has beside what every search has."""

    @property
    def costs(self) -> Collection[str]:
        """Which costs its trials measure."""

    @property
    def dimensions(self) -> Mapping[str, str]:
        """The types of its space's dimensions by name, such as distribution; empty without a space."""

    @property
    def insight(self) -> Mapping[str, Any]:
        """What its model of scores has learned (`searchsvc.strategies.wasserstein.insight`); empty before."""

    @property
    def trial_count(self) -> int: ...

    def now(self) -> float:
        """By the clock of the trials' times."""

    def scores(self, phase: str = "retrain") -> Sequence[Scored]:
        """Trials of a phase that have a score, in the order in which they ended; `confirm`: leaders on fresh seeds."""

    def bars(self, most: int) -> Sequence[Bar]:
        """The latest trials that have begun, without those that wait to go on."""

    def leaderboard(self, most: int = 20) -> Sequence[Candidate]:
        """The leaderboard's candidates that have a result, behind the best of those that may be taken."""

    def baseline(self) -> Candidate | None:
        """The first of those that the search compares with."""

    def others(self) -> Sequence[str]:
        """Metrics beside the objective in which candidates differ; what the search trades off first."""

    def complete(self, metric: str) -> Sequence[Complete]:
        """Candidates that have this metric, best score first."""

    def alphas(self) -> Alphas:
        """Architecture parameters of its super network; empty before there are any."""

    def layers(self, candidate: Candidate) -> Sequence[Layer]:
        """Of the candidate's network in its first trial that ended well, from the input; empty before."""

    def learned(self, candidate: Candidate) -> Learned | None:
        """In the last epoch of that trial; None before."""


class Trial(Protocol):
    """One trial of a search."""

    @property
    def number(self) -> int: ...

    @property
    def steps(self) -> int:
        """That it will report."""

    @property
    def expects_layers(self) -> bool:
        """Whether what its layers cost will be measured at its end."""

    def reports(self) -> Sequence[Mapping[str, float]]:
        """The metrics of every epoch so far.

        Raises:
            GoneError: they were archived.
        """

    def layers(self) -> Sequence[Layer]:
        """From the input; empty before it has ended well."""


class Candidates(Protocol):
    """Two to six candidates side by side, of one search or of several, by names that tell them apart."""

    @property
    def objective(self) -> str:
        """Of the first one's search."""

    @property
    def steps(self) -> int:
        """That the longest of their trials will report."""

    @property
    def distributions(self) -> Sequence[str]:
        """Dimensions that at least two of them draw from distributions."""

    def curves(self, metric: str) -> tuple[str, Runs]:
        """A metric's name and values; of the objective, where "" is asked for and every one reports that.

        Raises:
            NotFoundError: not every one reports this metric.
            GoneError: reports were archived.
        """

    def drawn(self, name: str) -> tuple[Mapping[str, Sequence[float]], Mapping[str, float]]:
        """By those that draw `name` from a distribution: quantiles at the nodes, and the objective's mean.

        No means where they do not share an objective: a colour that means two things says nothing.
        """

    def layers(self) -> Mapping[str, Sequence[Layer]]:
        """Of each one's first trial that ended well, from the input."""
