"""Rows that a trial's transactions keep up to date: its candidate, the candidate's means, its artifacts."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Double, cast, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from searchsvc.models import Artifact, Candidate, CandidateMetric, Search, Trial
from searchsvc.objectives import fresh_split
from searchsvc.strategy import Suggestion, rounded

Files = Mapping[tuple[UUID, str], Artifact]  # by trial and kind

METRICS = (  # metric, split, direction, column of a trial
    ("accuracy", "validation", "max", "validation_accuracy"),
    ("accuracy", "test", "max", "test_accuracy"),
    ("parameters", "", "min", "parameters"),
    ("energy", "", "min", "energy"),
    ("sops", "", "min", "sops"),
    ("updates", "", "min", "updates"),
    ("firing_rate", "", "min", "firing_rate"),
    ("latency", "", "min", "latency"),
    ("seconds", "", "min", "seconds"),
)
FURTHER = tuple(  # that only some trials have
    (metric, split, "max") for metric in ("compressed_accuracy", "memory_capacity") for split in ("validation", "test")
)


def metric_name(metric: str, split: str) -> str:
    return f"{metric}/{split}" if split else metric


DIRECTIONS = {  # by every metric's name
    metric_name(metric, shown): direction
    for metric, split, direction, *_ in (*METRICS, *FURTHER)
    for shown in (split, fresh_split(split))
}


def candidate_rows(session: Session, search: Search, suggestions: Sequence[Suggestion]) -> list[Candidate]:
    """The candidates' rows by their labels, each made at its first trial."""
    labels = {suggestion.candidate.label for suggestion in suggestions}
    newest = select(func.max(Candidate.number)).where(Candidate.search_id == search.id).scalar_subquery()
    wanted = or_(Candidate.label.in_(labels), Candidate.number == newest)
    rows = session.scalars(select(Candidate).where(Candidate.search_id == search.id, wanted)).all()
    found = {row.label: row for row in rows}
    if not found.keys() >= labels:
        number = max((row.number for row in rows), default=0)
        for suggestion in suggestions:
            candidate, expected = suggestion.candidate, suggestion.prediction
            if candidate.label not in found:
                number += 1
                found[candidate.label] = Candidate(
                    search_id=search.id,
                    number=number,
                    origin=candidate.origin,
                    label=candidate.label,
                    phase=candidate.phase,
                    configuration=candidate.configuration.model_dump(mode="json"),
                    prediction={"mean": expected.mean, "sd": expected.sd} if expected else None,
                    quantiles=dict(suggestion.quantiles) or None,
                )
                session.add(found[candidate.label])
        session.flush()
    return [found[suggestion.candidate.label] for suggestion in suggestions]


def measured(trial: Trial) -> Iterator[dict[str, Any]]:
    """Every metric of a finished trial: metric, split, direction, value."""
    for metric, split, direction, column in METRICS:
        if (value := getattr(trial, column)) is not None:
            yield {"metric": metric, "split": split, "direction": direction, "value": value}
    yield from trial.metrics or ()


def counted(trial: Trial, objective: str) -> Iterator[dict[str, Any]]:
    """What of it counts in its candidate's means.

    Of a leader on a fresh seed the objective, and what has a split, kept apart from what the search saw.
    """
    for found in measured(trial):
        if trial.phase == "retrain":
            yield found
        elif found["split"] or found["metric"] == objective:
            yield {**found, "split": fresh_split(found["split"])}


def value(trial: Trial, name: str) -> float | None:
    """The metric of this name (metric or metric/split), if the trial has it."""
    metric, _, split = name.partition("/")
    found = (m["value"] for m in measured(trial) if (m["metric"], m["split"]) == (metric, split))
    return next(found, None)


def tell(session: Session, trials: Sequence[Trial], objective: str) -> None:
    """Update the metrics of each trial's candidate, in one statement."""
    values = [
        {
            "candidate_id": trial.candidate_id,
            "metric": found["metric"],
            "split": found["split"],
            "search_id": trial.search_id,
            "direction": found["direction"],
            "mean": rounded(found["value"]),
            "total": found["value"],
        }
        for trial in trials
        for found in counted(trial, objective)
    ]
    if values:
        session.execute(_told(session.get_bind().dialect.name), values)


@cache
def _told(dialect: str) -> Any:
    """One more value: the mean from the sum (`rounded`, in SQL), the squared deviations by Welford's update.

    So that these are 0 of equal values, they too are of rounded ones.
    """
    table: Any = CandidateMetric.__table__
    insert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect]
    first = insert(table).values(n=1, m2=0.0)
    n, value = table.c.n + 1, first.excluded.mean
    total = table.c.total + first.excluded.total
    digits = {"sqlite": func.printf("%.11e", total / n), "postgresql": func.to_char(total / n, "9.99999999999EEEE")}
    mean = cast(digits[dialect], Double)
    m2 = table.c.m2 + (value - table.c.mean) * (value - mean)
    changed = {"n": n, "total": total, "mean": mean, "m2": m2}
    return first.on_conflict_do_update(index_elements=table.primary_key, set_=changed)


def keep_artifact(session: Session, files: Files, trial: Trial, artifact: dict[str, Any]) -> list[str]:
    """Remember a file of the trial in the place of the one of its kind before; returns the path of that one."""
    kept = files.get((trial.id, artifact["kind"]))
    if kept is None:
        session.add(Artifact(trial_id=trial.id, attempt=trial.attempt, **artifact))
        return []
    before = kept.path
    kept.attempt, kept.path = trial.attempt, artifact["path"]
    kept.sha256, kept.bytes = artifact["sha256"], artifact["bytes"]
    return [before] if before != kept.path else []


def drop_checkpoint(session: Session, files: Files, trial: Trial) -> list[str]:
    kept = files.get((trial.id, "checkpoint"))
    if kept is None:
        return []
    session.delete(kept)
    return [kept.path]
