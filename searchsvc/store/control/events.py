"""Events of a search: numbered in the transaction of what they tell, under the search's lock, so without gaps."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchsvc.store.tables import Event, Search

FINAL_STATES = ("succeeded", "failed", "cancelled")


def emit(session: Session, search: Search, kind: str, /, **body: Any) -> None:
    """Record an event of `search`, whose row this transaction has locked."""
    search.event_count += 1
    session.add(Event(search_id=search.id, number=search.event_count, kind=kind, body=body))


def after(session: Session, search_id: UUID, number: int, limit: int = 500) -> Sequence[Event]:
    """The events of a search that follow `number`, in order."""
    query = select(Event).where(Event.search_id == search_id, Event.number > number)
    return session.scalars(query.order_by(Event.number).limit(limit)).all()


def head(session: Session, search_id: UUID) -> tuple[int, bool]:
    """The number of a search's last event so far, and whether it is the last of all; (0, True) of a deleted search."""
    found = session.execute(select(Search.event_count, Search.state).where(Search.id == search_id)).one_or_none()
    return (found[0], found[1] in FINAL_STATES) if found else (0, True)
