"""Requests that were carried out: each `Idempotency-Key` with its answer, in the transaction of its effect."""

import hashlib
import json
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from searchsvc import kinds
from searchsvc.store._base import INSERTS
from searchsvc.store.db import now
from searchsvc.store.tables import Idempotency
from spaces.errors import UserError

FORMER_DEFAULTS = {"max_failed_trials": 0}  # which earlier versions stored as if they had been said


def begin(session: Session, key: str, method: str, path: str, content: Any) -> Idempotency:
    """The row of `key`, locked: with the answer of an earlier request, or with status 0 and to be filled by this one.

    While another transaction carries out a request with this key, this waits: for its answer, or for its failure.

    Raises:
        UserError: the key was used for another request.
    """
    digest = hashlib.sha256(json.dumps([method, path, content], sort_keys=True).encode()).hexdigest()
    insert = INSERTS[session.get_bind().dialect.name](Idempotency).values(key=key, request_hash=digest)
    # An update that changes nothing locks the row and returns it; DO NOTHING would return none.
    upsert = insert.on_conflict_do_update(index_elements=["key"], set_={"key": key}).returning(Idempotency)
    request: Idempotency = session.scalars(upsert, execution_options={"populate_existing": True}).one()
    if request.request_hash != digest and not _was_submitted(request, content):
        raise UserError(
            f"Idempotency-Key: got {key!r} again with another path or body; use a new key for a new request"
        )
    return request


def _was_submitted(request: Idempotency, content: Any) -> bool:
    """Whether it is the same submission to an earlier version, whose specifications had fewer or other defaults."""
    if request.status != 201 or content is None:
        return False
    stored = json.loads(request.body)["spec"]
    said = {name: value for name, value in stored.items() if (name, value) not in FORMER_DEFAULTS.items()}
    return content in (kinds.read(stored).to_json(), kinds.read(said).to_json())


def forget(session: Session, older_than_seconds: float) -> None:
    """Let go of keys that nobody will send again."""
    session.execute(delete(Idempotency).where(Idempotency.created < now() - older_than_seconds))
