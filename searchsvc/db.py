"""Engines and sessions, alike on SQLite and PostgreSQL.

SQLite: ``BEGIN IMMEDIATE`` (a deferred transaction that turns to writing fails under load), ``synchronous=FULL``, and
the WAL journal only from 3.51.3 on, since older versions can corrupt it. PostgreSQL: whoever writes to a search first
locks its row (`repo`).
"""

import fcntl
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import Double

from spaces.errors import UserError

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
READERS = 16  # connections, kept open: as many as the API has threads, so that no request waits for one
WAL_IS_SAFE = sqlite3.sqlite_version_info >= (3, 51, 3)


class now(FunctionElement[float]):
    """The database's clock, in seconds since 1970: the one clock that all processes share."""

    type = Double()
    inherit_cache = True


@compiles(now, "sqlite")
def _now_sqlite(element: now, compiler: SQLCompiler, **kw: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _now_postgresql(element: now, compiler: SQLCompiler, **kw: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


class Database:
    """One writer connection and a pool of read-only ones."""

    def __init__(self, url: str) -> None:
        self.url = normalise(url)
        self._in_use = ExitStack()
        weakref.finalize(self, self._in_use.close)
        if self.url.get_backend_name() == "sqlite":
            file = Path(self.url.database or "")
            make_folder(file)
            fcntl.flock(self._in_use.enter_context(open_lock(file)), fcntl.LOCK_SH)
        self._writer = create_engine(self.url, pool_size=1, max_overflow=0, pool_pre_ping=True)
        self._reader = create_engine(self.url, pool_size=READERS, max_overflow=0, pool_pre_ping=True)
        if self.url.get_backend_name() == "sqlite":
            configure_sqlite(self._writer, begin="BEGIN IMMEDIATE")
            configure_sqlite(self._reader, begin="BEGIN", read_only=True)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction, committed at the end of the block or rolled back by an exception."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent view; writing fails."""
        options = {} if self.url.get_backend_name() == "sqlite" else {"postgresql_readonly": True}
        with self._reader.connect().execution_options(**options) as connection:
            yield Session(connection, expire_on_commit=False)

    def close(self) -> None:
        self._writer.dispose()
        self._reader.dispose()
        self._in_use.close()


def open_lock(file: Path) -> BinaryIO:
    """What users of an SQLite database lock, shared, and who replaces it, alone; its own file has SQLite's locks."""
    return file.with_name(f"{file.name}.lock").open("ab")


def make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"SEARCHSVC_DATA: cannot make {file.parent} ({error.strerror}); choose another folder"
        ) from None


def normalise(url: str) -> URL:
    """The address with the driver that we install.

    Raises:
        UserError: it is neither SQLite's nor PostgreSQL's.
    """
    scheme = url.partition(":")[0].partition("+")[0]
    try:
        parsed = make_url(url).set(drivername=DRIVERS[scheme])
    except (KeyError, ArgumentError):
        raise UserError(
            f"SEARCHSVC_DATABASE_URL: got {scheme}:...; allowed are sqlite:///FILE and postgresql://USER:PASSWORD@HOST/NAME"
        ) from None
    return parsed


def configure_sqlite(
    engine: Engine, *, begin: str, read_only: bool = False, foreign_keys: bool = True, wait_seconds: int = 30
) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None  # or sqlite3 would begin transactions of its own
        for pragma in (
            f"busy_timeout={1000 * wait_seconds}",
            f"journal_mode={'WAL' if WAL_IS_SAFE else 'DELETE'}",
            "synchronous=FULL",
            f"foreign_keys={'ON' if foreign_keys else 'OFF'}",
            f"query_only={'ON' if read_only else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)
