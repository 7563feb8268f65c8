"""Whom a search's end is told: owed since its submission, due once it has ended, until it is delivered or given up.

The row is written with the search, so the transaction that ends a search need not know of it, and no end is forgotten.
Whoever delivers claims a message for a while; if it dies, the message is sent again, under the same id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from searchsvc.store.control.events import FINAL_STATES
from searchsvc.store.db import now
from searchsvc.store.tables import Search, Webhook

CLAIM_SECONDS = 60.0  # that a message is one deliverer's
HOUR = 3600.0
WAITS = (5.0, 30.0, 120.0, 600.0, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR)  # after failed tries; then none


@dataclass(frozen=True)
class Message:
    """What is told of one end; its id is the same at every try."""

    search_id: UUID
    url: str
    tries: int
    id: str
    body: Mapping[str, Any]


def is_due(session: Session) -> bool:
    """Whether `claim` would find something; reading first spares the write lock."""
    return session.execute(_due().with_only_columns(Webhook.search_id).limit(1)).first() is not None


def claim(session: Session) -> Message | None:
    """Take the message that has been due longest, for one try."""
    query = _due().order_by(Webhook.due).limit(1).with_for_update(of=Webhook, skip_locked=True)
    if (found := session.execute(query).one_or_none()) is None:
        return None
    owed, search = found
    owed.due = now() + CLAIM_SECONDS
    owed.tries += 1
    return Message(search.id, owed.url, owed.tries, f"msg_{search.id.hex}_{search.event_count}", _body(search))


def delivered(session: Session, message: Message) -> None:
    session.execute(_of(message).values(delivered=now(), due=None, error=None))


def failed(session: Session, message: Message, reason: str, *, again: bool = True) -> None:
    """Try again after a wait that grows; not if it has been tried often, or must not be."""
    wait = WAITS[message.tries - 1] if again and message.tries <= len(WAITS) else None
    session.execute(_of(message).values(error=reason, due=None if wait is None else now() + wait))


def renew(session: Session, search_id: UUID) -> None:
    """A search goes on: its next end is told too."""
    told = update(Webhook).where(Webhook.search_id == search_id)
    session.execute(told.values(due=0.0, tries=0, delivered=None, error=None))


def _due() -> Select[Webhook, Search]:
    joined = select(Webhook, Search).join(Search, Search.id == Webhook.search_id)
    return joined.where(Webhook.due <= now(), Search.state.in_(FINAL_STATES))


def _of(message: Message) -> Any:
    return update(Webhook).where(Webhook.search_id == message.search_id, Webhook.tries == message.tries)


def _body(search: Search) -> dict[str, Any]:
    finished = datetime.fromtimestamp(search.finished or 0.0, UTC)
    return {
        "type": f"search.{search.state}",
        "timestamp": finished.isoformat(),
        "data": {
            "id": str(search.id),
            "name": search.name,
            "kind": search.kind,
            "state": search.state,
            "error": search.error,
            "sentence": (search.conclusion or {}).get("sentence"),
        },
    }
