"""Tables of the service itself: requests that were answered, searches that were deleted, runners, webhooks."""

import uuid
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from searchsvc.store._base import Base
from searchsvc.store.db import now


class Idempotency(Base):
    """A request that was carried out and its answer, which the same request gets again.

    It outlives the search it was for: a repeated submission must not make a deleted search again.
    """

    __tablename__ = "idempotency"

    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    status: Mapped[int] = mapped_column(default=0)  # 0 until the request has been carried out, in the same transaction
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    body: Mapped[str] = mapped_column(default="")
    created: Mapped[float] = mapped_column(default=now())


class Deletion(Base):
    """A search that was deleted: files of no other unknown search may be swept, since they may be somebody's."""

    __tablename__ = "deletion"

    search_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    created: Mapped[float] = mapped_column(default=now())


class Runner(Base):
    """A runner's boot, written before its executor starts; `reason` says why it does not do what it should."""

    __tablename__ = "runner"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    state: Mapped[str]  # starting, ready, stopping or lost
    reason: Mapped[str | None]
    memory: Mapped[float | None]  # bytes that a trial may take there; null where more may come
    started: Mapped[float] = mapped_column(default=now())
    heartbeat: Mapped[float] = mapped_column(default=now())


class Webhook(Base):
    """Whom the end of a search is told. `due` says when to try, once it has ended; null: delivered, or given up."""

    __tablename__ = "webhook"
    __table_args__ = (Index(None, "due"),)

    search_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("search.id", ondelete="CASCADE"), primary_key=True)
    url: Mapped[str]
    due: Mapped[float | None] = mapped_column(default=0.0)
    tries: Mapped[int] = mapped_column(default=0)
    delivered: Mapped[float | None]
    error: Mapped[str | None]  # of the last try
