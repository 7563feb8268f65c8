"""Rows that a trial's transactions keep up to date: its candidate, the candidate's means, its artifacts."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Double, cast, func, or_, select
from sqlalchemy.orm import Session

from searchsvc.metrics import catalog
from searchsvc.metrics.names import fresh, parted
from searchsvc.store._base import INSERTS
from searchsvc.store.tables import Artifact, Candidate, CandidateMetric, Search, Trial
from searchsvc.strategy import Suggestion, rounded
from spaces.identity import fingerprint

Files = Mapping[tuple[UUID, str], Artifact]  # by trial and kind


def candidate_rows(session: Session, search: Search, suggestions: Sequence[Suggestion]) -> list[Candidate]:
    """The candidates' rows by their labels, each made at its first trial.

    A configuration is one candidate: a further label of one that is there becomes an alias.
    """
    first: dict[str, Suggestion] = {}
    for suggestion in suggestions:
        first.setdefault(suggestion.candidate.label, suggestion)
    newest = select(func.max(Candidate.number)).where(Candidate.search_id == search.id).scalar_subquery()
    parents = {suggestion.candidate.parent for suggestion in suggestions} - {None}
    wanted = or_(Candidate.label.in_({*first, *parents}), Candidate.number == newest)
    rows = session.scalars(select(Candidate).where(Candidate.search_id == search.id, wanted)).all()
    found = {row.label: row for row in rows}
    if new := {label: suggestion for label, suggestion in first.items() if label not in found}:
        marks = {label: None if search.counts_copies else _fingerprint(new[label]) for label in new}
        same = _by_fingerprint(session, search, [mark for mark in marks.values() if mark])
        number = max((row.number for row in rows), default=0)
        for label, suggestion in new.items():
            if row := same.get(marks[label]):
                row.aliases = [*(alias for alias in row.aliases if alias != label), label]
            else:
                number += 1
                parent = found.get(suggestion.candidate.parent or "")
                row = _candidate(search, number, suggestion, marks[label], parent.number if parent else None)
                session.add(row)
                same |= {marks[label]: row} if marks[label] else {}
            found[label] = row
        session.flush()
    for suggestion in suggestions:
        if suggestion.seeds is not None:
            found[suggestion.candidate.label].seeds = suggestion.seeds
    return [found[suggestion.candidate.label] for suggestion in suggestions]


def _by_fingerprint(session: Session, search: Search, marks: Sequence[str]) -> dict[str | None, Candidate]:
    query = select(Candidate).where(Candidate.search_id == search.id, Candidate.fingerprint.in_(marks))
    return {row.fingerprint: row for row in session.scalars(query)}


def _fingerprint(suggestion: Suggestion) -> str:
    """Of what its candidate is: another start of the same configuration is another candidate."""
    candidate = suggestion.candidate
    return fingerprint(candidate.body) + (f" of {candidate.parent}" if candidate.parent else "")


def _candidate(search: Search, number: int, suggestion: Suggestion, mark: str | None, parent: int | None) -> Candidate:
    candidate, expected = suggestion.candidate, suggestion.prediction
    return Candidate(
        search_id=search.id,
        number=number,
        origin=candidate.origin,
        label=candidate.label,
        aliases=[],
        phase=candidate.phase,
        parent=parent,
        seeds=search.seeds,
        fingerprint=mark,
        configuration=candidate.body.model_dump(mode="json"),
        prediction={"mean": expected.mean, "sd": expected.sd} if expected else None,
        quantiles=dict(suggestion.quantiles) or None,
    )


class Measured(Protocol):
    """A trial that has ended well."""

    @property
    def phase(self) -> str: ...

    @property
    def metrics(self) -> Mapping[str, float] | None: ...


def counted(trial: Measured, objective: str) -> Iterator[tuple[str, float]]:
    """What of it counts in its candidate's means, by full names.

    Of a leader on a fresh seed the objective, and what has a split, kept apart from what the search saw.
    """
    for name, value in (trial.metrics or {}).items():
        if catalog.known(name).use == "keep":
            continue
        if trial.phase == "retrain":
            yield name, value
        elif parted(name)[1] or name == objective:
            yield fresh(name), value


def tell(session: Session, trials: Sequence[Trial], objective: str) -> None:
    """Update the metrics of each trial's candidate, in one statement."""
    values = [
        {
            "candidate_id": trial.candidate_id,
            "metric": name,
            "search_id": trial.search_id,
            "mean": rounded(value),
            "total": value,
        }
        for trial in trials
        for name, value in counted(trial, objective)
    ]
    if values:
        session.execute(_told(session.get_bind().dialect.name), values)


@cache
def _told(dialect: str) -> Any:
    """One more value: the mean from the sum (`rounded`, in SQL), the squared deviations by Welford's update.

    So that these are 0 of equal values, they too are of rounded ones.
    """
    table: Any = CandidateMetric.__table__
    first = INSERTS[dialect](table).values(n=1, m2=0.0)
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
