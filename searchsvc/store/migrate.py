"""The database's schema, by Alembic."""

import logging
from collections.abc import Callable, Set
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from searchsvc.store.db import Database, Unavailable, make_file, normalise
from searchsvc.whose import ROOT
from spaces.errors import UserError

SCRIPTS = ROOT / "migrations"  # by its place: a user's own folder of this name may come first

log = logging.getLogger("searchsvc")
Say = Callable[[str], object]


def config(url: str, say: Say = log.info) -> Config:
    """Alembic's configuration for the database of `url`; the scripts are those of the installed package."""
    made = Config(attributes={"url": url, "say": say})
    made.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    return made


def upgrade(url: str, revision: str = "head", *, say: Say = log.info) -> str:
    """Bring the schema to `revision`; returns where it now stands. An SQLite database that is not there is made.

    Says that a database is new and where, and where it has put a backup of an SQLite database. Of several processes
    one does it; the others wait.

    Raises:
        UserError: the database cannot be reached, or a newer version has written it.
    """
    address = normalise(url)
    shown = address.render_as_string(hide_password=True)
    try:
        if address.get_backend_name() == "sqlite":
            make_file(Path(address.database or ""))
        before = current(url)
        if is_newer(before):
            raise UserError(f"database: {mismatch(before)}")
        command.upgrade(config(url, say), revision)
    except (Unavailable, DatabaseError, CommandError) as error:
        reason = " ".join(str(getattr(error, "orig", error)).split())
        raise UserError(f"database: cannot use {shown} ({reason}); check SEARCHSVC_DATABASE_URL (--database)") from None
    if not before:
        say(f"made a new, empty database: {shown}")
    return current(url)


def downgrade(url: str, revision: str) -> None:
    command.downgrade(config(url), revision)


def current(url: str) -> str:
    """The revision that the database is at; empty for a database without a schema."""
    database = Database(url)
    try:
        with database.read() as session:
            return revision_of(session)
    finally:
        database.close()


def revision_of(session: Session) -> str:
    return MigrationContext.configure(session.connection()).get_current_revision() or ""


def mismatch(revision: str) -> str:
    """What is wrong with a schema, and what to do; empty if this version can read it."""
    if is_newer(revision):
        return f"schema is {revision}, which is unknown here; install a newer version of searchsvc"
    return (
        "" if revision == head() else f"schema is {revision or 'empty'}, needed is {head()}; run: searchsvc db upgrade"
    )


def is_newer(revision: str) -> bool:
    """Whether a version that came later has made a schema."""
    return bool(revision) and revision not in revisions()


def require(url: str) -> None:
    """Whether this version can read the database.

    Raises:
        UserError: there is none, it cannot be read, or it has another schema.
    """
    require_file(url)
    if problem := mismatch(current(url)):
        raise UserError(f"database: {problem}")


def require_file(url: str) -> None:
    """That an SQLite database is there.

    Raises:
        UserError: it is not.
    """
    address = normalise(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        raise UserError(
            f"database: {address.database} does not exist; give SEARCHSVC_DATA (--data) or SEARCHSVC_DATABASE_URL "
            "(--database) as the service has it"
        )


def revisions() -> Set[str]:
    """Every schema that this version knows."""
    return _read()[0]


def head() -> str:
    """The newest revision of this version of the service."""
    return _read()[1]


@cache
def _read() -> tuple[Set[str], str]:
    """Both, of scripts that are read once: probes ask for them every few seconds."""
    scripts = ScriptDirectory(str(SCRIPTS))
    return frozenset(script.revision for script in scripts.walk_revisions()), scripts.get_current_head() or ""
