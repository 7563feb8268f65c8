"""The database's schema, by Alembic."""

import logging
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import DatabaseError

from searchsvc.db import Database, normalise
from spaces.errors import UserError

log = logging.getLogger("searchsvc")
Say = Callable[[str], object]


def config(url: str, say: Say = log.info) -> Config:
    """Alembic's configuration for the database of `url`; the scripts are those of the installed package."""
    made = Config(attributes={"url": url, "say": say})
    made.set_main_option("script_location", str(files("migrations")))
    made.set_main_option("path_separator", "os")
    made.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    return made


def upgrade(url: str, revision: str = "head", *, say: Say = log.info) -> str:
    """Bring the schema to `revision`, making the database's folder if needed; returns where it now stands.

    Says where it has put a backup of an SQLite database. Of several processes one does it; the others wait.

    Raises:
        UserError: the database cannot be reached.
    """
    try:
        Database(url).close()
        command.upgrade(config(url, say), revision)
        return current(url)
    except (DatabaseError, CommandError) as error:
        shown = normalise(url).render_as_string(hide_password=True)
        reason = " ".join(str(getattr(error, "orig", error)).split())
        raise UserError(f"database: cannot use {shown} ({reason}); check SEARCHSVC_DATABASE_URL") from None


def downgrade(url: str, revision: str) -> None:
    command.downgrade(config(url), revision)


def current(url: str) -> str:
    """The revision that the database is at; empty for a database without a schema."""
    database = Database(url)
    try:
        with database.read() as session:
            return MigrationContext.configure(session.connection()).get_current_revision() or ""
    finally:
        database.close()


def mismatch(revision: str) -> str:
    """What is wrong with a schema, and what to do; empty if this version can read it."""
    return (
        "" if revision == head() else f"schema is {revision or 'empty'}, needed is {head()}; run: searchsvc db upgrade"
    )


def require(url: str) -> None:
    """Whether this version can read the database.

    Raises:
        UserError: there is none, it cannot be read, or it has another schema.
    """
    require_file(url)
    try:
        problem = mismatch(current(url))
    except DatabaseError as error:
        raise unreadable(url, error) from None
    if problem:
        raise UserError(f"database: {problem}")


def require_file(url: str) -> None:
    """That an SQLite database is there; to look would make an empty one.

    Raises:
        UserError: it is not.
    """
    address = normalise(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        raise UserError(
            f"database: {address.database} does not exist; set SEARCHSVC_DATA or SEARCHSVC_DATABASE_URL as the service"
        )


def unreadable(url: str, error: DatabaseError) -> UserError:
    return UserError(f"database: {normalise(url)} cannot be read: {error.orig}")


def revisions() -> set[str]:
    """Every schema that this version knows."""
    return {script.revision for script in ScriptDirectory(str(Path(str(files("migrations"))))).walk_revisions()}


def head() -> str:
    """The newest revision of this version of the service."""
    return ScriptDirectory(str(Path(str(files("migrations"))))).get_current_head() or ""
