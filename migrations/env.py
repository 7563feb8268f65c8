"""How Alembic connects: one transaction, exclusive from its start, so of several starting processes one migrates.

An SQLite database that has a schema is backed up first. Its foreign keys are off while tables are rebuilt, or ON DELETE
CASCADE would empty their children; they are checked after.
"""

from alembic import context
from sqlalchemy import Connection, NullPool, create_engine, text

from searchsvc.store.backup import backup
from searchsvc.store.db import configure_sqlite, normalise
from searchsvc.store.tables import Base

ADVISORY_LOCK = 0x5EA4C
WAIT_SECONDS = 24 * 3600  # for the process that migrates


def run(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=sqlite, compare_type=True)
    if (
        sqlite
        and (before := context.get_context().get_current_revision())
        and before != context.get_revision_argument()
    ):
        context.config.attributes["say"](f"backup before migrating: {backup(context.config.attributes['url'])}")
    with context.begin_transaction():
        context.run_migrations()
    if sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).all()):
        raise RuntimeError(f"migration broke foreign keys: {broken}")


url = normalise(context.config.attributes["url"])
engine = create_engine(url, poolclass=NullPool)
if url.get_backend_name() == "sqlite":
    configure_sqlite(engine, begin="BEGIN IMMEDIATE", foreign_keys=False, wait_seconds=WAIT_SECONDS)
with engine.begin() as connection:
    run(connection)
