"""What running trials give, recorded once: their steps, and with the last one the result."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchsvc.metrics.names import answered
from searchsvc.store.control import records
from searchsvc.store.control.events import emit
from searchsvc.store.control.leases import Lease, fence_now
from searchsvc.store.control.runs import Work, is_running
from searchsvc.store.tables import ArchitectureParameter, Artifact, LayerCost, Report, Search, Trial
from searchsvc.strategy import LayerParameter


@dataclass(frozen=True)
class Stepped:
    """A trial finished a step and waits; a last step carries its result. `artifact`: its checkpoint or weights."""

    work: Work
    step: int
    metrics: dict[str, float]
    architecture: Sequence[LayerParameter]  # what neurons learned
    result: dict[str, Any] | None
    artifact: dict[str, Any]
    decision: str = "continue"  # the scheduler's
    worker: str | None = None  # that made it: host/process

    @property
    def is_last(self) -> bool:
        return self.result is not None or self.decision == "stop"


def record(session: Session, lease: Lease, steps: Sequence[Stepped]) -> list[str]:
    """Record a step of each of some trials; a step that has been recorded, or is of an old attempt, changes nothing.

    Returns:
        Paths of artifacts that nothing needs any more, for deletion after the commit.
    """
    search, moment = fence_now(session, lease)
    ids = [stepped.work.trial_id for stepped in steps]
    trials = {trial.id: trial for trial in session.scalars(select(Trial).where(Trial.id.in_(ids)))}
    made = select(Report.trial_id, Report.attempt, Report.step).where(Report.trial_id.in_(ids))
    recorded = {tuple(row) for row in session.execute(made)}
    files = {(a.trial_id, a.kind): a for a in session.scalars(select(Artifact).where(Artifact.trial_id.in_(ids)))}
    garbage: list[str] = []
    done = []
    for stepped in steps:
        work, trial = stepped.work, trials.get(stepped.work.trial_id)
        if not is_running(trial, work) or (trial.id, trial.attempt, stepped.step) in recorded:
            continue
        _report(session, search, trial, stepped)
        if stepped.decision == "stop":
            trial.state = "pruned"
            emit(session, search, "trial_pruned", trial=trial.number, step=stepped.step)
            garbage.append(stepped.artifact["path"])  # a checkpoint from which nothing goes on
        else:
            garbage += records.keep_artifact(session, files, trial, stepped.artifact)
        if stepped.result is not None:
            _finish(session, search, trial, stepped.result)
            done.append(trial)
        if trial.state != "running":
            trial.finished = moment
            garbage += records.drop_checkpoint(session, files, trial)
    metric = search.goal.objective.metric
    records.tell(session, [trial for trial in done if trial.phase != "search"], metric)
    return garbage


def _report(session: Session, search: Search, trial: Trial, stepped: Stepped) -> None:
    search.report_count += 1
    trial.worker = stepped.worker
    key = {"trial_id": trial.id, "attempt": trial.attempt, "step": stepped.step}
    session.add(
        Report(
            **key,
            search_id=search.id,
            number=search.report_count,
            metrics=stepped.metrics,
            decision=stepped.decision,
        )
    )
    for layer, name, values in stepped.architecture:
        packed = struct.pack(f"<{len(values)}f", *values)
        session.add(ArchitectureParameter(**key, layer=layer, name=name, shape=[len(values)], value=packed))
    about = {"trial": trial.number, "step": stepped.step, "steps": trial.steps}
    emit(session, search, "report", **about, metrics=answered(stepped.metrics))


def _finish(session: Session, search: Search, trial: Trial, result: dict[str, Any]) -> None:
    metrics, objective = result["metrics"], search.goal.objective.metric
    search.tell_count += 1
    trial.tell_no = search.tell_count
    trial.state = "done"
    trial.metrics, trial.score, trial.manifest = metrics, metrics.get(objective), result["manifest"]
    if "seconds" in metrics:
        total = "search_seconds" if trial.phase == "search" else "retrain_seconds"
        setattr(search, total, getattr(search, total) + metrics["seconds"])
    for position, layer in enumerate(result["layers"]):
        session.add(LayerCost(trial_id=trial.id, position=position, **layer))
    emit(session, search, "trial_done", trial=trial.number, score=trial.score, tell=trial.tell_no)
