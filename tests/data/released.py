"""Databases as released versions left them (`make`), on SQLite and, with the same rows, on PostgreSQL."""

import gzip
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, MetaData, Uuid, create_engine, func, insert, inspect, select, text

from searchsvc.store import migrate
from searchsvc.store.db import normalise

FOLDER = Path(__file__).parent
VERSIONS = sorted(file.name.removesuffix(".db.gz") for file in FOLDER.glob("*.db.gz"))
Rows = dict[str, list[dict[str, Any]]]


def load(version: str, url: str, scratch: Path) -> None:
    """Make the database of `url`, which is empty, as `version` left it."""
    content = gzip.decompress((FOLDER / f"{version}.db.gz").read_bytes())
    if url.startswith("sqlite"):
        Path(normalise(url).database or "").write_bytes(content)
        return
    (file := scratch / "released.db").write_bytes(content)
    migrate.upgrade(url, migrate.current(f"sqlite:///{file}"))
    with closing(sqlite3.connect(file)) as source:
        source.row_factory = sqlite3.Row
        _copy(source, url)


def _copy(source: sqlite3.Connection, url: str) -> None:
    engine = create_engine(normalise(url))
    (tables := MetaData()).reflect(engine)
    with engine.begin() as connection:
        for table in tables.sorted_tables:
            if table.name == "alembic_version":
                continue
            read = {column.name: _reader(column.type) for column in table.columns}
            rows = source.execute(f"SELECT * FROM {table.name}").fetchall()
            values = [{name: read[name](row[name]) for name in row.keys()} for row in rows]  # noqa: SIM118 - no mapping
            if values:
                connection.execute(insert(table), values)
        candidate = tables.tables["candidate"]
        connection.execute(select(func.setval("candidate_id_seq", select(func.max(candidate.c.id)).scalar_subquery())))
    engine.dispose()


def _reader(kind: Any) -> Callable[[Any], Any]:
    if isinstance(kind, JSON):
        return lambda value: None if value is None else json.loads(value)
    if isinstance(kind, Uuid):
        return lambda value: None if value is None else UUID(value)
    return lambda value: value


def rows(url: str) -> Rows:
    """Every row of every table, whatever the schema, in an order that depends on the rows alone."""
    engine = create_engine(normalise(url))
    with engine.connect() as connection:
        found = {
            name: [dict(row._mapping) for row in connection.execute(text(f'SELECT * FROM "{name}"'))]
            for name in inspect(connection).get_table_names()
            if name != "alembic_version"
        }
    engine.dispose()
    return {name: sorted(rows, key=lambda row: repr(sorted(row.items()))) for name, rows in found.items()}
