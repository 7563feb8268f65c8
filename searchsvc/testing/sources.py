"""Searches, trials and candidates that pictures are drawn from, made of what a test says of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from searchsvc.metrics.names import ACCURACY
from searchsvc.pictures import Alphas, Bar, Candidate, Complete, Layer, Learned, Runs, Scored


@dataclass(frozen=True)
class PlainSearch:
    objective: str = ACCURACY
    started: float = 1000.0
    has_ended: bool = False
    pictures: Sequence[str] = ("alpha", "alpha-trajectories", "degrees", "polynomials")
    costs: Sequence[str] = ("energy", "firing_rate")
    dimensions: Mapping[str, str] = field(default_factory=lambda: {"tau": "distribution", "reach": "float"})
    insight: Mapping[str, Any] = field(default_factory=dict)
    rows: Sequence[Candidate] = ()
    told: Sequence[Scored] = ()
    confirmed: Sequence[Scored] = ()
    running: Sequence[Bar] = ()
    steps: Alphas = ((), {})
    costly: Mapping[str, Sequence[Layer]] = field(default_factory=dict)  # layers by label
    theta: Learned | None = None

    @property
    def trial_count(self) -> int:
        return len(self.running)

    def now(self) -> float:
        return self.started + 600

    def scores(self, phase: str = "retrain") -> Sequence[Scored]:
        return self.confirmed if phase == "confirm" else self.told

    def bars(self, most: int) -> Sequence[Bar]:
        return self.running[:most]

    def leaderboard(self, most: int = 20) -> Sequence[Candidate]:
        return self.rows[:most]

    def baseline(self) -> Candidate | None:
        return next(iter(self.rows), None)

    def others(self) -> list[str]:
        found = {name for row in self.rows for name in row.means} or {"energy", ACCURACY}
        return sorted(found - {self.objective})

    def complete(self, metric: str) -> list[Complete]:
        have = [row for row in self.rows if metric in row.means]
        return [
            Complete(row.title, row.means[metric][0], row.means[self.objective][0], self.started + 60 * i)
            for i, row in enumerate(have, 1)
        ]

    def alphas(self) -> Alphas:
        return self.steps

    def layers(self, candidate: Candidate) -> Sequence[Layer]:
        return self.costly.get(candidate.label, ())

    def learned(self, candidate: Candidate) -> Learned | None:
        return self.theta


@dataclass(frozen=True)
class PlainTrial:
    number: int = 3
    steps: int = 2
    expects_layers: bool = True
    told: Sequence[Mapping[str, float]] = ()
    costly: Sequence[Layer] = ()

    def reports(self) -> Sequence[Mapping[str, float]]:
        return self.told

    def layers(self) -> Sequence[Layer]:
        return self.costly


@dataclass(frozen=True)
class PlainCandidates:
    objective: str = ACCURACY
    steps: int = 2
    distributions: Sequence[str] = ()
    runs: Runs = field(default_factory=dict)
    quantiles: Mapping[str, Sequence[float]] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    costly: Mapping[str, Sequence[Layer]] = field(default_factory=dict)

    def curves(self, metric: str) -> tuple[str, Runs]:
        return metric or "train_loss", self.runs

    def drawn(self, name: str) -> tuple[Mapping[str, Sequence[float]], Mapping[str, float]]:
        return self.quantiles, self.scores

    def layers(self) -> Mapping[str, Sequence[Layer]]:
        return self.costly
