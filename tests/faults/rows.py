"""The database as plain rows, read with the drivers alone: the checker must not inherit a mistake of the service.

Identifiers become 32 hexadecimal digits and JSON becomes Python values, alike on SQLite and PostgreSQL.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from typing import Any
from uuid import UUID

Row = dict[str, Any]
Tables = dict[str, list[Row]]

TABLES = (
    *("search", "candidate", "candidate_metric", "trial", "report", "event"),
    *("architecture_parameter", "layer_cost", "artifact", "archive", "idempotency"),
)
JSON_COLUMNS = {"spec", "metrics", "body", "configuration", "aliases"}
PARENTS = (  # child table, its column, parent table: what a foreign key promises
    ("candidate", "search_id", "search"),
    ("candidate_metric", "candidate_id", "candidate"),
    ("candidate_metric", "search_id", "search"),
    ("trial", "search_id", "search"),
    ("trial", "candidate_id", "candidate"),
    ("report", "trial_id", "trial"),
    ("report", "search_id", "search"),
    ("architecture_parameter", "trial_id", "trial"),
    ("layer_cost", "trial_id", "trial"),
    ("artifact", "trial_id", "trial"),
    ("event", "search_id", "search"),
    ("archive", "search_id", "search"),
)


def load(url: str) -> tuple[Tables, list[str]]:
    """Every table in one consistent view, and what the database itself says is broken."""
    with closing(_connect(url)) as connection:
        cursor = connection.cursor()
        tables = {name: _rows(cursor, f"SELECT * FROM {name}") for name in TABLES}
        return tables, [*_orphans(cursor), *(_sqlite_damage(cursor) if url.startswith("sqlite") else [])]


def by(rows: Iterable[Row], column: str) -> dict[Any, list[Row]]:
    found = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found


def _connect(url: str) -> Any:
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.partition(":///")[2], timeout=30, isolation_level=None)
        connection.execute("BEGIN")
        return connection
    import psycopg

    connection = psycopg.connect("postgresql" + url[url.index(":") :])
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    return connection


def _rows(cursor: Any, query: str) -> list[Row]:
    cursor.execute(query)
    names = [column[0] for column in cursor.description]
    return [{name: _plain(name, value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    if name in JSON_COLUMNS and isinstance(value, str):
        return json.loads(value)
    return value


def _orphans(cursor: Any) -> list[str]:
    found = []
    for child, column, parent in PARENTS:
        join = f"FROM {child} c LEFT JOIN {parent} p ON p.id = c.{column} WHERE p.id IS NULL"
        cursor.execute(f"SELECT count(*) {join}")
        if count := cursor.fetchone()[0]:
            found.append(f"{count} rows of {child} whose {column} is in no {parent}")
    return found


def _sqlite_damage(cursor: Any) -> list[str]:
    verdict = [row[0] for row in cursor.execute("PRAGMA integrity_check")]
    keys = cursor.execute("PRAGMA foreign_key_check").fetchall()
    return [f"integrity_check: {line}" for line in verdict if line != "ok"] + [f"foreign_key_check: {k}" for k in keys]
