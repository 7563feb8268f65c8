"""Searches as their users see them: submit, read, ask to cancel."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, defer
from sqlalchemy.orm.attributes import set_committed_value

from searchsvc import kinds
from searchsvc.kinds import COPIES, BaseJob
from searchsvc.metrics.objectives import Goal
from searchsvc.metrics.words import folded
from searchsvc.store.control import attempts, webhooks
from searchsvc.store.control.events import FINAL_STATES, emit
from searchsvc.store.db import now
from searchsvc.store.tables import Archive, Deletion, Search, Trial, Webhook
from searchsvc.store.views import points
from spaces.errors import ConflictError, NotFoundError, UserError

LISTED = ("task", "seeds", "scheduler", *Goal.model_fields)  # what a list needs of a specification


def submit(session: Session, job: BaseJob, *, webhook: str = "") -> Search:
    """A new search; its end is told to `webhook` unless it names another.

    Raises:
        UserError: what is known leaves nothing to run, or is none of what may be known.
    """
    if job.counts_copies:
        raise UserError(
            f"when_exhausted: got {COPIES!r}, which searches of earlier releases did; allowed are end, seeds"
        )
    start = points.known(session, job)
    if start.observations:
        job = kinds.read({**job.to_json(), "observations": start.observations})
    search = Search(
        name=job.name,
        kind=job.kind,
        spec={name: value for name, value in job.to_json().items() if name != "observations"},
        seed=job.seed,
        observations=start.observations or None,
        warnings=start.warnings or None,
        total_trials=job.total_trials() + job.confirming_trials,
    )
    session.add(search)
    session.flush()
    if url := job.webhook or webhook:
        session.add(Webhook(search_id=search.id, url=url))
    emit(session, search, "submitted", name=job.name, kind=job.kind)
    return search


def specification(search: Search) -> dict[str, Any]:
    """What its strategy is made from: the specification as submitted, with what was known then."""
    observations = known(search)
    return {**kinds.completed(search.spec), **({"observations": observations} if observations else {})}


def known(search: Search) -> list[dict[str, Any]]:
    """What it knew from the start."""
    return points.covered(search) if search.observations else []


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
    """Searches, newest first (their ids sort by time), with `text` in their names in any case; `before`: last seen.

    Of their specifications, which may be long, they have what is `LISTED`.
    """
    query = select(Search, *(Search.spec[name] for name in LISTED)).options(defer(Search.spec))
    query = query.order_by(Search.id.desc()).limit(limit)
    if state:
        query = query.where(Search.state == state)
    if kind:
        query = query.where(Search.kind == kind)
    if text:
        query = query.where(Search.folded_name.contains(folded(text), autoescape=True))
    if before:
        query = query.where(Search.id < before)
    found = session.execute(query).all()
    for search, *values in found:
        spec = {name: value for name, value in zip(LISTED, values, strict=True) if value is not None}
        set_committed_value(search, "spec", spec)
    return [row[0] for row in found]


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


def retry(session: Session, search_id: UUID) -> Search:
    """Let a failed search go on from what is recorded: what failed or was cut off with it runs again.

    Raises:
        ConflictError: it has not failed, or what it has reported is archived.
    """
    search = get(session, search_id, lock=True)
    if search.state != "failed":
        raise ConflictError(f"search {search_id}: got retry, but it is {search.state}; only a failed one can go on")
    if session.scalars(select(Archive.path).where(Archive.search_id == search_id).limit(1)).first():
        raise ConflictError(f"search {search_id}: got retry, but its reports are archived; submit it again")
    attempts.retry(session, search)
    webhooks.renew(session, search.id)
    search.state, search.desired = "queued", "run"
    search.error = search.finished = None
    search.owner = search.lease_until = None  # whoever ended it must not end it once more
    return _told(session, search, "retried")


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
