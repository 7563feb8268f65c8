"""Move reports and events of finished searches into compressed Parquet files of the artifact store.

First the file is written, under a name of its own, then one transaction remembers it and deletes the rows. A crash in
between leaves a file that no row knows, which the runner's sweep removes; the next call begins again.
"""

from collections.abc import Iterator
from uuid import UUID

from searchsvc.store import artifacts, export
from searchsvc.store.control import archives, searches
from searchsvc.store.control.events import FINAL_STATES
from searchsvc.store.db import Database
from searchsvc.store.export import Page
from searchsvc.store.tables import uuid7
from spaces.errors import ConflictError

PAGE = 10_000


def archive(database: Database, store: str, search_id: UUID) -> dict[str, int]:
    """Move out what is left of a finished search; returns how many rows of which kind.

    Raises:
        NotFoundError: there is no such search.
        ConflictError: it has not ended.
    """
    with database.read() as session:
        state = searches.get(session, search_id).state
    if state not in FINAL_STATES:
        raise ConflictError(
            f"search {search_id}: got archive, but it is {state}; only one that has ended can be archived"
        )
    return {kind: moved for kind in archives.TABLES if (moved := _move(database, store, search_id, kind))}


def _move(database: Database, store: str, search_id: UUID, kind: str) -> int:
    columns = {c.name: c.type.python_type for c in archives.TABLES[kind].__table__.columns}
    rows = 0

    def counted() -> Iterator[Page]:
        nonlocal rows
        for page in _pages(database, search_id, kind):
            rows += len(page)
            yield page

    data = b"".join(export.write("parquet", columns, counted()))
    if not rows:
        return 0
    kept = artifacts.write(store, f"{search_id}/archive/{kind}-{uuid7()}.parquet", data)
    with database.write() as session:
        return rows if archives.move(session, search_id, kind, rows, kept) else 0


def _pages(database: Database, search_id: UUID, kind: str) -> Iterator[Page]:
    after = 0
    while True:
        with database.read() as session:
            page = archives.page(session, search_id, kind, after, PAGE)
        if not page:
            return
        yield page
        after = page[-1]["number"]
