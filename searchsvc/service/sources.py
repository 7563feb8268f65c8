"""Stored searches, trials and candidates side by side, as pictures see them (`searchsvc.pictures`)."""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchsvc import kinds
from searchsvc.metrics.estimate import Estimate
from searchsvc.pictures import Alphas, Bar, Candidate, Complete, Layer, Learned, Runs, Scored
from searchsvc.store import tables
from searchsvc.store.control import archives
from searchsvc.store.control.events import FINAL_STATES
from searchsvc.store.db import now
from searchsvc.store.views import boards, comparisons, learned, trials
from searchsvc.store.views import pictures as views


class StoredSearch:
    """A row with what belongs to it; each answer is a query or two."""

    def __init__(self, session: Session, row: tables.Search) -> None:
        self.session, self.row = session, row
        self.started = row.started or row.created
        self.has_ended = row.state in FINAL_STATES
        self.trial_count = row.trial_count
        self.objective: str = row.goal.objective.metric

    @cached_property
    def kind(self) -> kinds.Kind:
        return kinds.of(self.row)

    @property
    def pictures(self) -> Collection[str]:
        return self.kind.pictures

    @property
    def costs(self) -> Collection[str]:
        return self.kind.costs

    @property
    def dimensions(self) -> Mapping[str, str]:
        return {name: dimension.type for name, dimension in self.kind.dimensions.items()}

    @property
    def insight(self) -> Mapping[str, Any]:
        return self.row.insight or {}

    def now(self) -> float:
        return self.session.scalars(select(now())).one()

    def scores(self, phase: str = "retrain") -> list[Scored]:
        return [Scored(*row) for row in views.scores(self.session, self.row.id, phase)]

    def bars(self, most: int) -> list[Bar]:
        rows = views.latest(self.session, self.row.id, most)
        return [
            Bar(t.worker, t.number, label, t.phase if t.state == "done" else t.state, t.started or 0.0, t.finished)
            for t, label in rows
        ]

    def leaderboard(self, most: int = 20) -> list[Candidate]:
        rows, _ = boards.leaderboard(self.session, self.row.id, limit=most)
        best_first = sorted(rows, key=lambda row: not row.is_best)  # before those that lack seeds
        return [self._candidate(row.candidate, row.metrics) for row in best_first if row.metrics]

    def baseline(self) -> Candidate | None:
        found = views.baseline(self.session, self.row.id)
        return self._candidate(found, {}) if found else None

    def others(self) -> list[str]:
        return self._others

    @cached_property
    def _others(self) -> list[str]:
        return views.other_metrics(self.session, self.row)

    def complete(self, metric: str) -> list[Complete]:
        return [Complete(*row) for row in views.complete(self.session, self.row, metric)]

    def alphas(self) -> Alphas:
        return self._alphas

    @cached_property
    def _alphas(self) -> Alphas:
        return learned.latest_architecture(self.session, self.row.id)

    def layers(self, candidate: Candidate) -> list[Layer]:
        trial = self._first(candidate)
        return _layers(self.session, trial) if trial else []

    def learned(self, candidate: Candidate) -> Learned | None:
        trial = self._first(candidate)
        if trial is None:
            return None
        last = tables.ArchitectureParameter.step == trial.steps
        return Learned.of(trial.seed, learned.learned(self.session, trial.id, last).get(trial.steps, ()))

    def _first(self, candidate: Candidate) -> tables.Trial | None:
        return views.first_done(self.session, self.row.id, candidate.number)

    def _candidate(self, row: tables.Candidate, metrics: Mapping[str, Estimate]) -> Candidate:
        return Candidate(
            number=row.number,
            label=row.label,
            aliases=row.aliases,
            configuration=row.configuration,
            means={name: (estimate.mean, estimate.ci95) for name, estimate in metrics.items()},
            values=self.kind.coordinates(row.configuration),
            quantiles=row.quantiles or {},
        )


class StoredTrial:
    def __init__(self, session: Session, row: tables.Trial) -> None:
        self.session, self.row = session, row
        self.number, self.steps = row.number, row.steps

    @property
    def expects_layers(self) -> bool:
        search = StoredSearch(self.session, self.session.get_one(tables.Search, self.row.search_id))
        return self.row.finished is None and self.row.phase != "search" and "energy" in search.costs

    def reports(self) -> list[Mapping[str, float]]:
        archives.check_here(self.session, self.row.search_id, "report")
        return [report.measured for report in trials.reports(self.session, self.row)]

    def layers(self) -> list[Layer]:
        return _layers(self.session, self.row)


class StoredCandidates:
    def __init__(self, session: Session, rows: Sequence[comparisons.Compared]) -> None:
        self.session, self.rows = session, rows
        self.objective: str = rows[0].objective
        self.distributions = comparisons.dimensions(rows)

    @property
    def steps(self) -> int:
        return comparisons.steps(self.session, self.rows)

    def curves(self, metric: str) -> tuple[str, Runs]:
        return comparisons.curves(self.session, self.rows, metric)

    def drawn(self, name: str) -> tuple[Mapping[str, Sequence[float]], Mapping[str, float]]:
        return comparisons.distributions(self.rows, name)

    def layers(self) -> Mapping[str, Sequence[Layer]]:
        found = comparisons.layers(self.session, self.rows)
        return {name: [_layer(cost) for cost in costs] for name, costs in found.items()}


def _layers(session: Session, trial: tables.Trial) -> list[Layer]:
    return [_layer(cost) for cost in views.layers(session, trial.id)]


def _layer(cost: tables.LayerCost) -> Layer:
    return Layer(cost.layer, cost.energy, cost.firing_rate)
