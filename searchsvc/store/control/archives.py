"""What finished searches left behind, row by row, and where it is once it has been moved out (`store.archive`)."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session

from searchsvc.store.control.events import FINAL_STATES
from searchsvc.store.db import now
from searchsvc.store.tables import Archive, Event, Report, Search
from spaces.errors import GoneError

TABLES: dict[str, type[Report] | type[Event]] = {"report": Report, "event": Event}


def candidates(session: Session, older_than_seconds: float) -> list[UUID]:
    """Searches that ended so long ago and still have such rows, oldest first."""
    left = or_(*(exists().where(table.search_id == Search.id) for table in TABLES.values()))
    ended = (Search.state.in_(FINAL_STATES), Search.finished < now() - older_than_seconds)
    return list(session.scalars(select(Search.id).where(*ended, left).order_by(Search.id)))


def page(session: Session, search_id: UUID, kind: str, after: int, limit: int) -> list[dict[str, Any]]:
    """Rows by number; `after` goes on behind the last one seen."""
    table = TABLES[kind]
    columns = table.__table__.columns
    query = select(*columns).where(table.search_id == search_id, table.number > after)
    return [dict(row._mapping) for row in session.execute(query.order_by(table.number).limit(limit))]


def move(session: Session, search_id: UUID, kind: str, rows: int, kept: dict[str, Any]) -> bool:
    """Remember that `rows` rows are in the file `kept`, and delete them; False if others were faster."""
    search = session.get(Search, search_id, with_for_update=True)
    moved = session.get(Archive, (search_id, kind))
    if search is None or moved is not None:
        return False
    session.add(Archive(search_id=search_id, kind=kind, rows=rows, **kept))
    session.execute(delete(TABLES[kind]).where(TABLES[kind].search_id == search_id))
    return True


def check_here(session: Session, search_id: UUID, kind: str) -> None:
    """Refuse to read rows that have been moved out.

    Raises:
        GoneError: saying where they are.
    """
    if moved := session.get(Archive, (search_id, kind)):
        raise GoneError(
            f"search {search_id}: its {moved.rows} {kind}s were archived; read {moved.path} in the artifact store "
            "(SEARCHSVC_ARTIFACTS), say with pandas.read_parquet"
        )
