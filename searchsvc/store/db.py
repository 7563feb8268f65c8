"""Engines and sessions, alike on SQLite and PostgreSQL.

SQLite: ``BEGIN IMMEDIATE`` (a deferred transaction that turns to writing fails under load), ``synchronous=FULL``, and
the WAL journal only from 3.51.3 on, since older versions can corrupt it. PostgreSQL: whoever writes to a search first
locks its row (`control.leases.fence`).

To look never makes a database: only a migration does (`migrate.upgrade`). What is wrong with one that is damaged,
read-only, full or gone is `Unavailable`, whatever the driver calls it.
"""

import fcntl
import json
import math
import os
import shutil
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, DisconnectionError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import Double

from spaces.errors import UserError

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
READERS = 16  # connections, kept open: as many as the API has threads, so that no request waits for one
GONE = {"42P01", "42703", "3F000", "42501"}  # PostgreSQL: no such table, column or schema here, or no right to it
READ_ONLY = text("SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'")
LEAST_ROOM = 1 << 20  # bytes on the disk of an SQLite database, for its journal and a transaction
REFUSED_SECONDS = 30.0  # that a refused write counts, if none has been tried since
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


class Unavailable(UserError):
    """The database cannot be used now; whoever can waits until it can be again."""

    status = 503
    title = "Database unavailable"


def from_json(text: str) -> Any:
    r"""The value of a column. Halves of characters, which were stored once and which nothing can send, are `?`.

    >>> from_json(r'["\ud83d\ude00", "\ud83d", "\\ud83d"]') == ["\N{GRINNING FACE}", "?", "\\ud83d"]
    True
    """
    value = json.loads(text)
    if "\\ud" in text.lower():
        return json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
    return value


class Database:
    """One writer connection and a pool of read-only ones."""

    def __init__(self, url: str) -> None:
        self.url = normalise(url)
        self._refused = -math.inf, ""  # when a write last was, and why
        self._in_use = ExitStack()
        weakref.finalize(self, self._in_use.close)
        hold = cache(partial(_share, Path(self.url.database or ""), self._in_use))
        is_sqlite = self.url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {"max_overflow": 0, "pool_pre_ping": True}
        options |= {"json_deserializer": from_json} if is_sqlite else {}
        self._writer = create_engine(self.url, pool_size=1, **options)
        self._reader = create_engine(self.url, pool_size=READERS, **options)
        if is_sqlite:
            configure_sqlite(self._writer, begin="BEGIN IMMEDIATE", hold=hold)
            configure_sqlite(self._reader, begin="BEGIN", read_only=True, hold=hold)
            with suppress(Unavailable):  # its folder may come
                hold()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction, committed at the end of the block or rolled back by an exception.

        Raises:
            Unavailable: the database cannot be used now, or does not say whether it has committed.
        """
        try:
            with available(self.url), Session(self._writer, expire_on_commit=False) as session, session.begin():
                yield session
        except Unavailable as error:
            self._refused = time.monotonic(), str(error)
            raise
        self._refused = -math.inf, ""

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent view; writing fails.

        Raises:
            Unavailable: the database cannot be used now.
        """
        options = {} if self.url.get_backend_name() == "sqlite" else {"postgresql_readonly": True}
        with available(self.url), self._reader.connect().execution_options(**options) as connection:
            yield Session(connection, expire_on_commit=False)

    def trouble(self) -> str | None:
        """Why nothing could be written now, as far as can be seen without writing; also what a write met a moment ago.

        Raises:
            Unavailable: it cannot even be read.
        """
        if self.url.get_backend_name() == "sqlite":
            found = _trouble(Path(self.url.database or ""))
        else:
            with self.read() as session:
                found = "it takes no writes: it is read-only" if session.scalar(READ_ONLY) else None
        refused, reason = self._refused
        if found is None and time.monotonic() - refused < REFUSED_SECONDS:
            return reason
        return found and f"database: {self.url.render_as_string()} {found}"

    def close(self) -> None:
        self._writer.dispose()
        self._reader.dispose()
        self._in_use.close()


@contextmanager
def available(url: URL) -> Iterator[None]:
    """What the driver says of a database that cannot be used becomes `Unavailable`; other errors stay bugs."""
    try:
        yield
    except (DBAPIError, NoConnection) as error:
        if (reason := _reason(error)) is None:
            raise
        raise Unavailable(f"database: {url.render_as_string()} cannot be used now ({reason})") from error


def _reason(error: DBAPIError | NoConnection) -> str | None:
    """Why the database cannot be used; None if what it was asked is wrong."""
    if isinstance(error, NoConnection):
        return "every connection is in use"
    if isinstance(error, DataError | IntegrityError):
        return None
    if isinstance(error, ProgrammingError) and getattr(error.orig, "sqlstate", None) not in GONE:
        return None
    return " ".join(str(error.orig).split())


def _share(file: Path, in_use: ExitStack) -> None:
    """Hold the lock of those who use an SQLite database."""
    try:
        fcntl.flock(in_use.enter_context(open_lock(file)), fcntl.LOCK_SH)
    except OSError as error:
        raise Unavailable(f"database: {file} cannot be used now ({error.strerror})") from error


def open_lock(file: Path) -> BinaryIO:
    """What users of an SQLite database lock, shared, and who replaces it, alone; its own file has SQLite's locks."""
    lock = file.with_name(f"{file.name}.lock")
    return lock.open("ab" if os.access(file.parent, os.W_OK) else "rb")


def make_file(file: Path) -> None:
    """An empty database, if there is no file yet."""
    make_folder(file)
    try:
        file.touch()
    except OSError as error:
        raise UserError(
            f"SEARCHSVC_DATA (--data): cannot make {file} ({error.strerror}); choose another folder"
        ) from None


def make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"SEARCHSVC_DATA (--data): cannot make {file.parent} ({error.strerror}); choose another folder"
        ) from None


def sqlite_url(file: Path) -> str:
    """The address of a file, whatever characters its path has.

    Raises:
        UserError: its bytes are no text, which an address cannot name.
    """
    try:
        return URL.create("sqlite", database=str(file)).render_as_string(hide_password=False)
    except UnicodeEncodeError:
        raise UserError(
            f"SEARCHSVC_DATA (--data): got {str(file)!r}, whose bytes are no UTF-8; choose another folder"
        ) from None


def normalise(url: str) -> URL:
    """The address with the driver that we install.

    Raises:
        UserError: it is neither SQLite's nor PostgreSQL's, or does not name one file.
    """
    scheme = url.partition(":")[0].partition("+")[0]
    try:
        parsed = make_url(url).set(drivername=DRIVERS[scheme])
    except (KeyError, ValueError, ArgumentError):
        raise UserError(
            f"SEARCHSVC_DATABASE_URL (--database): got {scheme}:...; allowed are sqlite:///FILE and postgresql://USER:PASSWORD@HOST/NAME"
        ) from None
    if scheme == "sqlite" and ("?" in url or parsed.host or parsed.database in (None, "", ":memory:")):
        raise UserError(
            f"SEARCHSVC_DATABASE_URL (--database): got {url!r}; allowed is sqlite:///FILE, with %3F for ? and "
            "%25 for % in its name; or name a folder by SEARCHSVC_DATA (--data)"
        )
    return parsed


def configure_sqlite(
    engine: Engine,
    *,
    begin: str,
    read_only: bool = False,
    foreign_keys: bool = True,
    wait_seconds: int = 30,
    hold: Callable[[], object] = lambda: None,
) -> None:
    """`hold` is called before each connection is made."""
    file = Path(engine.url.database or "").absolute()

    @event.listens_for(engine, "do_connect")
    def _open(dialect: object, record: object, arguments: list[Any], options: dict[str, Any]) -> None:
        hold()
        arguments[0] = f"{file.as_uri()}?mode=rw"  # or the driver would make a file that is missing
        options["uri"] = True

    @event.listens_for(engine, "checkout")
    def _is_still_there(connection: object, record: Any, proxy: object) -> None:
        """A connection to a file that was removed or replaced would go on, and what it writes be lost."""
        if record.info["file"] != _identity(file):
            raise DisconnectionError

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, record: Any) -> None:
        record.info["file"] = _identity(file)
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


def _trouble(file: Path) -> str | None:
    try:
        free = shutil.disk_usage(file.parent).free
    except OSError as error:
        return f"cannot be used now ({error.strerror})"
    if not all(os.access(path, os.W_OK) for path in (file, file.parent)):
        return "takes no writes: it is read-only"
    return f"takes no writes: its disk is full ({free} bytes left)" if free < LEAST_ROOM else None


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
