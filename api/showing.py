"""Searches as the API and the pages show them."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy.orm import Session

from api import schemas
from searchsvc.store import tables
from searchsvc.store.control import leases
from searchsvc.store.control.events import FINAL_STATES
from searchsvc.store.views import counts, pace

Shape = TypeVar("Shape", schemas.Search, schemas.Listed)


def search(session: Session, found: tables.Search) -> schemas.Search:
    shown = _shown(session, [found], schemas.Search)[0]
    if owed := session.get(tables.Webhook, found.id):
        shown.webhook = schemas.Webhook.of(owed, found.state in FINAL_STATES)
    return shown


def listed(session: Session, found: Sequence[tables.Search]) -> list[schemas.Listed]:
    return _shown(session, found, schemas.Listed)


def _shown(session: Session, found: Sequence[tables.Search], shape: type[Shape]) -> list[Shape]:
    places, nows = leases.places(session, found), [counts.progress(session, one) for one in found]
    return [
        shape.of(one, now, pace.seconds_left(session, one, now.ended), places.get(one.id))
        for one, now in zip(found, nows, strict=True)
    ]
