"""What a search would take, before it is there: its trials, their time as far as earlier ones tell, their memory."""

from dataclasses import dataclass
from statistics import fmean
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchsvc import kinds
from searchsvc.kinds import BaseJob
from searchsvc.store.control import runners
from searchsvc.store.tables import Search, Trial
from searchsvc.store.views import points
from searchsvc.store.views.contenders import task_name

RECENT = 200  # trials of the task that are looked at


@dataclass(frozen=True)
class Estimate:
    trials: int
    confirming: int  # at most
    seconds_a_trial: float | None
    hours: float | None  # of all, one after another
    basis: str  # what the time comes from
    memory_bytes: int  # that a trial needs at least
    memory_there: float | None
    unknown: list[str]


def of(session: Session, job: BaseJob) -> Estimate:
    """As for a submission, of which nothing is stored.

    Raises:
        UserError: it would not be accepted.
    """
    if start := points.known(session, job).observations:
        job = kinds.read({**job.to_json(), "observations": start})
    seconds, basis = _seconds(session, job)
    there, total = runners.memory(session), job.total_trials() + job.confirming_trials
    unknown = ["how many trials run at once: so many as there are free processors"]
    unknown += [] if seconds else ["how long a trial takes: no trial of this task has ended here yet"]
    unknown += [] if there else ["how much memory there is: no runner has said"]
    unknown += [] if job.least_bytes else ["how much memory a trial needs here, such as that of a GPU"]
    hours = None if seconds is None else seconds * total / 3600
    trials, confirming = job.total_trials(), job.confirming_trials
    return Estimate(trials, confirming, seconds, hours, basis, job.least_bytes, there, unknown)


def _seconds(session: Session, job: BaseJob) -> tuple[float | None, str]:
    """Of a trial: those of the same network tell best, then those of the same task; by their number of steps."""
    spec: dict[str, Any] = job.to_json()
    query = select(Trial.started, Trial.finished, Trial.steps, Search.spec["network"]).join(
        Search, Search.id == Trial.search_id
    )
    ended = (Trial.state == "done", Trial.phase != "search", Trial.started.is_not(None), Trial.finished.is_not(None))
    recent = query.where(*ended, task_name == spec.get("task", {}).get("name")).order_by(Trial.id.desc()).limit(RECENT)
    rows = session.execute(recent).all()
    alike = [row for row in rows if row[3] == spec.get("network")]
    chosen = alike or rows
    if not chosen:
        return None, ""
    a_step = fmean((row.finished - row.started) / max(1, row.steps) for row in chosen)
    what = "the same network" if alike else "other networks"
    return a_step * job.trial_steps, f"{len(chosen)} earlier trials of this task with {what}"
