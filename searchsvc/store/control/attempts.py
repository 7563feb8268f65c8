"""What becomes of a trial whose attempt ends without a result; the caller has locked its search."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from searchsvc.store.control.events import emit
from searchsvc.store.db import now
from searchsvc.store.tables import Search, Trial

MAX_LOSSES = 5


def again(session: Session, search: Search, trial: Trial, reason: str, *, loss: bool = True) -> None:
    """Make a running trial pending again; a `loss` of its worker too many fails it."""
    trial.losses += loss
    if trial.losses >= MAX_LOSSES:
        failed(session, search, trial, f"given up after {MAX_LOSSES} lost workers: {reason}")
        return
    trial.state, trial.attempt = "pending", trial.attempt + 1
    emit(session, search, "trial_lost", trial=trial.number, attempt=trial.attempt, reason=reason)


def interrupt(session: Session, search: Search, reason: str, but: Collection[UUID] = ()) -> None:
    """Make every running trial `but` these pending again."""
    running = select(Trial).where(Trial.search_id == search.id, Trial.state == "running")
    for trial in session.scalars(running.order_by(Trial.number)).all():
        if trial.id not in but:
            again(session, search, trial, reason, loss=False)


def failed(session: Session, search: Search, trial: Trial, error: str, *, diverged: bool = False) -> None:
    """Record that the trial has failed.

    It stays an outcome from then on, also if it is tried again later: suggestions have been made from it.
    """
    error = storable(error)
    search.failed_count += 1
    trial.state, trial.error, trial.finished = "failed", error, now()
    trial.diverged = diverged
    if trial.failed_after is None:
        trial.failed_after = search.tell_count
    emit(session, search, "trial_failed", trial=trial.number, error=error.strip().rpartition("\n")[2])


def retry(session: Session, search: Search) -> None:
    """Make what failed or was cancelled with its search pending again, but for what diverged: it would again."""
    ended = or_(Trial.state == "cancelled", and_(Trial.state == "failed", ~Trial.diverged))
    for trial in session.scalars(select(Trial).where(Trial.search_id == search.id, ended).order_by(Trial.number)).all():
        search.failed_count -= trial.state == "failed"
        trial.state, trial.attempt, trial.losses = "pending", trial.attempt + 1, 0
        trial.error = trial.finished = None
        emit(session, search, "trial_retried", trial=trial.number, attempt=trial.attempt)


def storable(text: str) -> str:
    r"""What an exception says, without characters that no database keeps.

    >>> storable("got \\0 and \\ud800")
    'got ? and ?'
    """
    return text.encode(errors="replace").decode().replace("\0", "?")
