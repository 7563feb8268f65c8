"""Searches as their users see them: submit, read, ask to cancel."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from searchsvc.db import now
from searchsvc.jobs import BaseJob
from searchsvc.models import Deletion, Search, Trial
from searchsvc.repo import points
from searchsvc.repo.events import FINAL_STATES, emit
from spaces.errors import ConflictError, NotFoundError


def submit(session: Session, job: BaseJob) -> Search:
    """A new search."""
    search = Search(
        name=job.name,
        kind=job.kind,
        spec={name: value for name, value in job.to_json().items() if name != "observations"},
        seed=job.seed,
        observations=points.observations(session, job) or None,
        total_trials=job.total_trials() + job.confirming_trials,
    )
    session.add(search)
    session.flush()
    emit(session, search, "submitted", name=job.name, kind=job.kind)
    return search


def specification(search: Search) -> dict[str, Any]:
    """What its strategy is made from: the specification as submitted, with what was known then.

    What was submitted before there was `confirm` confirms nothing.
    """
    known = {"observations": search.observations} if search.observations else {}
    return {"confirm": 0, **search.spec, **known}


def get(session: Session, search_id: UUID, *, lock: bool = False) -> Search:
    """One search; `lock` holds its row until the transaction ends.

    Raises:
        NotFoundError: there is none of this id.
    """
    search = session.get(Search, search_id, with_for_update=lock or None, populate_existing=lock)
    if search is None:
        raise NotFoundError(f"search: got id {search_id}, which does not exist; list searches with GET /v1/searches")
    return search


def has_ended(session: Session, search_id: UUID) -> bool:
    return get(session, search_id).state in FINAL_STATES


def listing(
    session: Session,
    *,
    state: str | None = None,
    kind: str | None = None,
    text: str = "",
    before: UUID | None = None,
    limit: int = 50,
) -> Sequence[Search]:
    """Searches, newest first (their ids sort by time), with `text` in their names; `before`: the last one seen."""
    query = select(Search).order_by(Search.id.desc()).limit(limit)
    if state:
        query = query.where(Search.state == state)
    if kind:
        query = query.where(Search.kind == kind)
    if text:
        query = query.where(Search.name.icontains(text, autoescape=True))
    if before:
        query = query.where(Search.id < before)
    return session.scalars(query).all()


def cancel(session: Session, search_id: UUID) -> Search:
    """Ask for a search's end. One that no runner has yet ends at once; else its runner ends it.

    Raises:
        ConflictError: it has ended already.
    """
    search = get(session, search_id, lock=True)
    if search.state == "cancelled":
        return search
    if search.state in FINAL_STATES:
        raise ConflictError(
            f"search {search_id}: got cancel, but it is {search.state}; only a running one can be cancelled"
        )
    if search.state == "cancelling":
        return search
    search.desired = "cancel"
    if search.state in ("queued", "paused"):
        end_open_trials(session, search)
        search.state, search.finished = "cancelled", now()
    else:
        search.state = "cancelling"
    return _told(session, search, search.state)


def remove(session: Session, search_id: UUID) -> Search | None:
    """Delete a search with all its rows; their artifacts go with the next sweep.

    Returns:
        None if it is gone; else the search, which its runner ends and deletes.
    """
    search = get(session, search_id, lock=True)
    if search.state in ("queued", "paused", *FINAL_STATES):
        erase(session, search)
        return None
    search.desired = "delete"
    if search.state == "cancelling":
        return search
    search.state = "cancelling"
    return _told(session, search, "cancelling")


def erase(session: Session, search: Search) -> None:
    """Take a locked search with all its rows away, and remember whose files the next sweep may remove."""
    session.add(Deletion(search_id=search.id))
    session.execute(delete(Search).where(Search.id == search.id))


def pause(session: Session, search_id: UUID) -> Search:
    """Ask for a pause. One that no runner has pauses at once; else its runner pauses it.

    Raises:
        ConflictError: it is ending or has ended.
    """
    search = get(session, search_id, lock=True)
    if search.state in ("cancelling", *FINAL_STATES):
        raise ConflictError(f"search {search_id}: got pause, but it is {search.state}; only a running one can pause")
    if search.desired == "pause":
        return search
    search.desired = "pause"
    if search.state == "queued":
        search.state = "paused"
        return _told(session, search, "paused")
    return _told(session, search, "pausing")


def resume(session: Session, search_id: UUID) -> Search:
    """Let a paused search go on.

    Raises:
        ConflictError: nobody has paused it, or it ended before it could pause.
    """
    search = get(session, search_id, lock=True)
    if search.desired != "pause" or search.state in FINAL_STATES:
        raise ConflictError(f"search {search_id}: got resume, but it is {search.state}; only a paused one can go on")
    search.desired = "run"
    if search.state == "paused":
        search.state = "queued"
    return _told(session, search, "resumed")


def end_open_trials(session: Session, search: Search) -> None:
    """Cancel the trials of a locked search that have not ended."""
    open_trials = select(Trial).where(Trial.search_id == search.id, Trial.state.in_(("pending", "running")))
    for trial in session.scalars(open_trials).all():
        trial.state, trial.finished = "cancelled", now()
        emit(session, search, "trial_cancelled", trial=trial.number)


def _told(session: Session, search: Search, event: str) -> Search:
    emit(session, search, event)
    session.flush()
    session.refresh(search)
    return search
