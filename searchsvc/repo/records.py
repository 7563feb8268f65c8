"""Rows that a trial's transactions keep up to date: its candidate, the candidate's means, its artifacts."""

import hashlib
import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchsvc.models import Artifact, Candidate, CandidateMetric, Search, Trial
from searchsvc.strategy import Candidate as SuggestedCandidate

METRICS = (  # metric, split, direction, column of a trial
    ("accuracy", "validation", "max", "score"),
    ("accuracy", "test", "max", "test_accuracy"),
    ("parameters", "", "min", "parameters"),
    ("energy", "", "min", "energy"),
    ("sops", "", "min", "sops"),
    ("updates", "", "min", "updates"),
    ("firing_rate", "", "min", "firing_rate"),
    ("latency", "", "min", "latency"),
    ("seconds", "", "min", "seconds"),
)


def candidate_row(session: Session, search: Search, suggested: SuggestedCandidate) -> Candidate:
    """The candidate's row, made at its first trial."""
    configuration = suggested.configuration.model_dump(mode="json")
    identity = json.dumps([suggested.origin, suggested.label, configuration], sort_keys=True)
    digest = hashlib.sha256(identity.encode()).hexdigest()
    query = select(Candidate).where(Candidate.search_id == search.id, Candidate.hash == digest)
    if found := session.scalars(query).one_or_none():
        return found
    last = select(Candidate.number).where(Candidate.search_id == search.id).order_by(Candidate.number.desc()).limit(1)
    candidate = Candidate(
        search_id=search.id,
        number=(session.scalars(last).one_or_none() or 0) + 1,
        hash=digest,
        origin=suggested.origin,
        label=suggested.label,
        phase=suggested.phase,
        configuration=configuration,
    )
    session.add(candidate)
    session.flush()
    return candidate


def tell(session: Session, trial: Trial) -> None:
    """Welford's update of the candidate's metrics with one more trial."""
    for metric, split, direction, column in METRICS:
        value = getattr(trial, column)
        if value is None:
            continue
        row = session.get(CandidateMetric, (trial.candidate_id, metric, split))
        if row is None:
            row = CandidateMetric(
                candidate_id=trial.candidate_id,
                metric=metric,
                split=split,
                search_id=trial.search_id,
                direction=direction,
                n=0,
                mean=0.0,
                m2=0.0,
            )
            session.add(row)
        row.n += 1
        delta = value - row.mean
        row.mean += delta / row.n
        row.m2 += delta * (value - row.mean)


def keep_artifact(session: Session, trial: Trial, artifact: dict[str, Any]) -> list[str]:
    """Remember a file of the trial in the place of the one of its kind before; returns the path of that one."""
    kept = session.get(Artifact, (trial.id, artifact["kind"]))
    if kept is None:
        session.add(Artifact(trial_id=trial.id, attempt=trial.attempt, **artifact))
        return []
    before = kept.path
    kept.attempt, kept.path = trial.attempt, artifact["path"]
    kept.sha256, kept.bytes = artifact["sha256"], artifact["bytes"]
    return [before] if before != kept.path else []


def drop_checkpoint(session: Session, trial: Trial) -> list[str]:
    kept = session.get(Artifact, (trial.id, "checkpoint"))
    if kept is None:
        return []
    session.delete(kept)
    return [kept.path]
