"""Copies of the SQLite database: consistent while a service writes to it, and whole or not there.

SQLite's own backup interface copies; a file copied by other means could be half of a transaction. Who uses the database
shares a lock on the file beside it (`db.Database`); `restore` must have that lock alone.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from searchsvc.store import migrate
from searchsvc.store.db import make_folder, normalise, open_lock
from spaces.errors import ConflictError, UserError

DUMP = 'pg_dump --format=custom --file=searchsvc.dump "$SEARCHSVC_DATABASE_URL"'
LOAD = (  # pg_restore --clean would leave the tables of a newer schema, and stumble over them
    'psql "$SEARCHSVC_DATABASE_URL" -c "DROP SCHEMA public CASCADE; CREATE SCHEMA public" && '
    'pg_restore --single-transaction --dbname="$SEARCHSVC_DATABASE_URL" searchsvc.dump'
)
JOURNALS = ("-journal", "-wal", "-shm")  # which belong to a database file and move with it


def backup(url: str, target: Path | None = None) -> Path:
    """Copy the database to `target`; else beside it, named with its schema's revision and the time.

    Raises:
        UserError: there is none, `target` exists, or the database is PostgreSQL's.
    """
    source = _sqlite_file(url, DUMP)
    target = target or _stamped(source, _schema(source))
    unfinished = _copied(source, target)
    try:
        os.link(unfinished, target)  # unlike a rename, never over another file
    except OSError as error:
        raise UserError(f"backup: cannot write {target} ({error.strerror}); choose another file") from None
    finally:
        unfinished.unlink()
    return target


def restore(url: str, file: Path) -> Path | None:
    """Put a copy of `file`, a backup, in the database's place; returns where what was there is kept.

    Raises:
        UserError: `file` is damaged or none of ours, or the database is PostgreSQL's.
        ConflictError: a service uses the database.
    """
    target = _sqlite_file(url, LOAD)
    if (revision := _schema(file)) not in migrate.revisions():
        raise UserError(f"restore: got {file} of schema {revision}, which is unknown here; install a newer version")
    make_folder(target)
    with _alone(target):
        copied = _copied(file, target)
        if damage := _damage(copied):
            copied.unlink()
            raise UserError(f"restore: got {file}, which is damaged ({damage}); give another")
        kept = _stamped(target, "replaced") if target.exists() else None
        if kept:
            os.link(target, kept)  # there is a database at every moment
            for suffix in JOURNALS:
                with suppress(FileNotFoundError):
                    Path(f"{target}{suffix}").rename(f"{kept}{suffix}")
        copied.rename(target)
    return kept


def _sqlite_file(url: str, otherwise: str) -> Path:
    parsed = normalise(url)
    if parsed.get_backend_name() != "sqlite":
        raise UserError(
            f"database: got {parsed.render_as_string()}; only SQLite's is a file; for PostgreSQL run: {otherwise}"
        )
    return Path(parsed.database or "")


def _stamped(file: Path, what: str) -> Path:
    return file.with_name(f"{file.stem}.{what}.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}{file.suffix}")


def _schema(file: Path) -> str:
    """The revision of a database file; a file that is none is not made."""
    try:
        with closing(_opened(file)) as connection:
            ((revision,),) = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except (sqlite3.Error, ValueError) as error:
        raise UserError(f"database: got {file}, which is no database of searchsvc ({error}); give another") from None
    return str(revision)


def _opened(file: Path) -> sqlite3.Connection:
    """Without making a file that is not there."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)


def _damage(file: Path) -> str:
    with closing(_opened(file)) as connection:
        try:
            return "; ".join(line for (line,) in connection.execute("PRAGMA integrity_check") if line != "ok")
        except sqlite3.DatabaseError as error:
            return str(error)


def _copied(source: Path, target: Path) -> Path:
    """A synced copy of `source` under a name that will become `target`."""
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    try:
        with closing(_opened(source)) as reader, closing(sqlite3.connect(unfinished)) as writer:
            writer.execute("PRAGMA synchronous=FULL")
            reader.backup(writer)
    except (OSError, sqlite3.Error) as error:
        unfinished.unlink(missing_ok=True)
        raise UserError(f"database: cannot copy {source} to {target} ({error}); is there room?") from None
    return unfinished


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    with open_lock(file) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConflictError(f"restore: got {file}, which a service is using; stop it first") from None
        yield
