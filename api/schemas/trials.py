"""Trials and their steps, as the API gives them."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.times import at
from searchsvc import strategy
from searchsvc.metrics import catalog
from searchsvc.metrics.names import answered, is_test
from searchsvc.store import tables


class Metric(BaseModel):
    """A further metric of a trial."""

    metric: str
    split: str
    direction: str
    value: float

    @classmethod
    def of(cls, name: str, value: float) -> Self:
        metric = catalog.known(name)
        return cls(metric=metric.name, split=metric.split, direction=metric.direction, value=value)


def _is_further(name: str) -> bool:
    """Whether it is neither accuracy nor cost, which have fields of their own."""
    metric = catalog.known(name)
    return not metric.is_cost and metric.name != "accuracy"


class Trial(BaseModel):
    id: UUID
    search_id: UUID
    number: int
    candidate: int
    label: str
    aliases: list[str] = Field([], description="further labels of the candidate")
    origin: str
    phase: str
    seed: int
    state: str
    attempt: int
    worker: str | None = Field(description="that made its last step: host/process")
    start_from: int | None = Field(description="the number of the trial whose trained weights it starts from")
    steps: int
    asked_after: int
    tell_no: int | None
    score: float | None = Field(description="the objective's value")
    validation_accuracy: float | None
    test_accuracy: float | None = Field(description="null until the search has ended, as all of the test part")
    metrics: list[Metric]
    costs: dict[str, float | None]
    manifest: dict[str, Any] | None
    error: str | None
    started: datetime | None
    finished: datetime | None

    @classmethod
    def of(cls, trial: tables.Trial, candidate: tables.Candidate, *, has_ended: bool) -> Self:
        """Of a search that `has_ended` or not: the test part is told at its end."""
        measured = {name: v for name, v in (trial.metrics or {}).items() if has_ended or not is_test(name)}
        return cls(
            id=trial.id,
            search_id=trial.search_id,
            number=trial.number,
            candidate=candidate.number,
            label=candidate.label,
            aliases=candidate.aliases,
            origin=candidate.origin,
            phase=trial.phase,
            seed=trial.seed,
            state=trial.state,
            attempt=trial.attempt,
            worker=trial.worker,
            start_from=trial.start_from,
            steps=trial.steps,
            asked_after=trial.asked_after,
            tell_no=trial.tell_no,
            score=trial.score,
            validation_accuracy=measured.get("accuracy/validation"),
            test_accuracy=measured.get("accuracy/test"),
            metrics=[Metric.of(name, value) for name, value in measured.items() if _is_further(name)],
            costs={name: measured.get(name) for name in catalog.costs()},
            manifest=trial.manifest,
            error=trial.error,
            started=at(trial.started) if trial.started else None,
            finished=at(trial.finished) if trial.finished else None,
        )


class Trials(BaseModel):
    trials: list[Trial]
    next_cursor: str | None


class Report(BaseModel):
    step: int
    number: int
    metrics: dict[str, float] = Field(description="by full names; accuracy/validation also as validation_accuracy")

    @classmethod
    def of(cls, report: tables.Report) -> Self:
        return cls(step=report.step, number=report.number, metrics=answered(report.measured))


class Reports(BaseModel):
    reports: list[Report]


class LayerParameter(BaseModel):
    layer: int = Field(description="from the input, the first is 0")
    name: str
    values: list[float]


class Architecture(BaseModel):
    """Architecture parameters by step: layers x candidates; and what else neurons learned of their own."""

    candidates: list[str]
    steps: dict[int, list[list[float]]]
    learned: dict[int, list[LayerParameter]] = Field(description="LNM's theta, PLIF's time constant, ... by step")

    @classmethod
    def of(cls, candidates: list[str], learned: dict[int, list[strategy.LayerParameter]]) -> Self:
        steps = {step: alphas for step, rows in learned.items() if (alphas := strategy.alphas(rows))}
        others = {
            step: [
                LayerParameter(layer=layer, name=name, values=values) for layer, name, values in rows if name != "alpha"
            ]
            for step, rows in learned.items()
        }
        return cls(candidates=candidates, steps=steps, learned={step: rows for step, rows in others.items() if rows})


class LayerCost(BaseModel):
    """Means over samples for one inference, all time steps; energy in joule."""

    model_config = ConfigDict(from_attributes=True)

    layer: str
    parameters: int | None
    macs: float
    acs: float
    sops: float
    updates: float | None
    firing_rate: float | None = Field(description="of its neurons, per step; null where nothing spikes")
    energy: float


class LayerCosts(BaseModel):
    layers: list[LayerCost]
