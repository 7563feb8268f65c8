"""What the API answers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from searchsvc import models, strategy
from searchsvc.figures import Offer
from searchsvc.repo import boards


class Progress(BaseModel):
    """Trials by state; `fraction` counts the finished steps of running ones too."""

    total: int
    done: int
    failed: int
    pruned: int = Field(description="ended early by the scheduler")
    running: int
    fraction: float = Field(ge=0, le=1)
    seconds_left: float | None = Field(description="at the pace of the last trials; null while that is not known")


class Search(BaseModel):
    id: UUID
    name: str
    kind: str
    state: str
    seed: int
    spec: dict[str, Any]
    progress: Progress
    conclusion: dict[str, Any] | None
    health: str | None = Field(description="of the surrogate, when it last suggested something; null without one")
    error: str | None
    created: datetime
    started: datetime | None
    finished: datetime | None

    @classmethod
    def of(cls, search: models.Search, now: boards.Progress, seconds_left: float | None) -> Self:
        total = search.total_trials
        return cls(
            id=search.id,
            name=search.name,
            kind=search.kind,
            state=search.state,
            seed=search.seed,
            spec=search.spec,
            progress=Progress(
                total=total,
                done=search.tell_count,
                failed=search.failed_count,
                pruned=now.pruned,
                running=now.running,
                fraction=min(1.0, now.ended / total),
                seconds_left=seconds_left,
            ),
            conclusion=search.conclusion,
            health=search.health,
            error=search.error,
            created=_when(search.created),
            started=_when(search.started) if search.started else None,
            finished=_when(search.finished) if search.finished else None,
        )


class Searches(BaseModel):
    searches: list[Search]
    next_cursor: UUID | None


class Estimate(BaseModel):
    """A metric over a candidate's seeds; `ci95` is the half-width of the mean's 95 % interval (Student's t)."""

    model_config = ConfigDict(from_attributes=True)

    n: int
    mean: float
    std: float | None
    ci95: float | None


class Prediction(BaseModel):
    """What the surrogate expected of a candidate's mean score when it suggested it."""

    mean: float
    sd: float


class Row(BaseModel):
    """A candidate's place: ranked by the objective's mean, behind if it violates a constraint; test never ranks."""

    rank: int
    candidate: int
    label: str
    origin: str
    placement: list[str]
    metrics: dict[str, Estimate]
    violates: list[str] = Field(description="the constraints that its means do not keep")
    energy_overhead: float | None = Field(description="relative to the all-LIF baseline; null without one")
    point: dict[str, Any] = Field(description="of a search over named dimensions: their values")
    prediction: Prediction | None
    is_best: bool = Field(description="the first by the objective with all its seeds that keeps every constraint")
    p_first: float | None = Field(description="of its difference from the best: Welch, Holm-corrected; of leaders only")
    is_similar: bool | None = Field(description="statistically indistinguishable from the best; null if not tested")
    difference_first: float | None = Field(description="of its mean from the best's, by the scores of that test")

    @classmethod
    def of(cls, row: boards.Row) -> Self:
        return cls(
            rank=row.rank,
            candidate=row.candidate.number,
            label=row.candidate.label,
            origin=row.candidate.origin,
            placement=list(boards.placement(row.candidate)),
            metrics={name: Estimate.model_validate(e) for name, e in sorted(row.metrics.items())},
            violates=list(row.violates),
            energy_overhead=row.energy_overhead,
            point=row.point,
            prediction=Prediction(**row.candidate.prediction) if row.candidate.prediction else None,
            is_best=row.is_best,
            p_first=row.p_first,
            is_similar=row.is_similar,
            difference_first=row.difference_first,
        )


class Leaderboard(BaseModel):
    """Candidates, best first, with what the search itself cost."""

    search_id: UUID
    state: str
    seeds: int = Field(description="trials of a complete candidate")
    objective: str = Field(description="the metric whose mean ranks")
    basis: Literal["search", "fresh seeds"] | None = Field(description="the scores by which p_first compares leaders")
    total: int = Field(description="candidates suggested so far, also those that have not finished a trial")
    rows: list[Row]
    next_cursor: str | None
    search_seconds: float = Field(description="training time of the super network")
    retrain_seconds: float = Field(description="training time of all candidates")
    conclusion: dict[str, Any] | None


class Metric(BaseModel):
    """A further metric of a trial."""

    metric: str
    split: str
    direction: str
    value: float


class Trial(BaseModel):
    id: UUID
    search_id: UUID
    number: int
    candidate: int
    label: str
    origin: str
    phase: str
    seed: int
    state: str
    attempt: int
    worker: str | None = Field(description="that made its last step: host/process")
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
    def of(cls, trial: models.Trial, candidate: models.Candidate, *, has_ended: bool) -> Self:
        """Of a search that `has_ended` or not: the test part is told at its end."""
        names = ("parameters", "macs", "acs", "sops", "updates", "firing_rate", "energy", "latency", "seconds")
        return cls(
            id=trial.id,
            search_id=trial.search_id,
            number=trial.number,
            candidate=candidate.number,
            label=candidate.label,
            origin=candidate.origin,
            phase=trial.phase,
            seed=trial.seed,
            state=trial.state,
            attempt=trial.attempt,
            worker=trial.worker,
            steps=trial.steps,
            asked_after=trial.asked_after,
            tell_no=trial.tell_no,
            score=trial.score,
            validation_accuracy=trial.validation_accuracy,
            test_accuracy=trial.test_accuracy if has_ended else None,
            metrics=[Metric(**m) for m in trial.metrics or () if has_ended or m["split"] != "test"],
            costs={name: getattr(trial, name) for name in names},
            manifest=trial.manifest,
            error=trial.error,
            started=_when(trial.started) if trial.started else None,
            finished=_when(trial.finished) if trial.finished else None,
        )


class Trials(BaseModel):
    trials: list[Trial]
    next_cursor: int | None


class Report(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    step: int
    number: int
    metrics: dict[str, float]


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


class FigureOffer(BaseModel):
    """A picture that there is."""

    model_config = ConfigDict(from_attributes=True)

    kind: str
    title: str
    of: list[str] = Field(description="what it can be drawn of, as the parameter `of`; empty if there is no choice")


class Figures(BaseModel):
    figures: list[FigureOffer]

    @classmethod
    def of(cls, offers: Sequence[Offer]) -> Self:
        return cls(figures=[FigureOffer.model_validate(offer) for offer in offers])


class Figure(BaseModel):
    """A picture, as plotly.js draws it."""

    data: list[dict[str, Any]]
    layout: dict[str, Any]
    frames: list[dict[str, Any]] = Field([], description="of a picture with a slider")


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


def _when(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
