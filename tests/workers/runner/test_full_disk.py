"""A full disk is waited for as a database that does not answer is: nothing fails, nothing is lost, nothing is left."""

import errno
import os
import resource
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

import searchsvc.local
from api.app import create_app
from searchsvc.client.output import whole
from searchsvc.service.settings import Settings
from searchsvc.store import artifacts, migrate
from searchsvc.store.archive import archive
from searchsvc.store.backup import backup
from searchsvc.store.check import check
from searchsvc.store.control import searches
from searchsvc.store.db import Database, normalise
from spaces.errors import UserError
from tests.faults import disk
from tests.faults.disk import FULL
from tests.specs import TINY
from tests.workers.driving import get, submit, turn
from tests.workers.inline import InlineAsker, InlineExecutor
from workers.runner.loop import Runner


class Disk:
    """Full while `filled`: a small disk or, where mounting one is not allowed, calls that fail as on one."""

    def __init__(self, folder: Path, mounted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.mounted, self.monkeypatch = folder, mounted, monkeypatch

    @contextmanager
    def filled(self) -> Iterator[None]:
        filler = self.folder / "filler"
        if self.mounted:
            disk.fill(filler)
            yield
            filler.unlink()
            return
        with self.monkeypatch.context() as patch:
            patch.setattr(os, "fsync", _no_room)
            yield


def _no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, FULL)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    with disk.small(tmp_path / "disk", "4m") as mounted:
        yield Disk(tmp_path / "disk", mounted, monkeypatch)


@pytest.mark.parametrize("trials", [0, 3])
def test_a_store_without_room_holds_the_search_until_there_is_some(
    migrated_file: Path, tmp_path: Path, small: Disk, monkeypatch: pytest.MonkeyPatch, trials: int
) -> None:
    monkeypatch.setattr("workers.runner.loop.STORE_PAUSE", 0.01)
    url = f"sqlite:///{shutil.copy(migrated_file, tmp_path)}"
    database, store = Database(url), small.folder / "store"
    executor = InlineExecutor(store)
    runner = Runner(database, executor, 30.0, str(store), InlineAsker())
    search_id = submit(database)
    runner.presence.ready()

    def told() -> int:
        with database.read() as session:
            return searches.get(session, search_id).tell_count

    turn(runner, lambda: told() >= trials and executor.busy)
    with TestClient(create_app(Settings(database_url=url))) as client:
        with small.filled():
            turn(runner, lambda: runner.presence.reason)
            before = len(executor.steps)
            for _ in range(5):
                runner.turn()
            assert len(executor.steps) == before and get(database, search_id).state == "running"
            assert not list(small.folder.rglob("*.tmp"))
            assert FULL in client.get("/readyz").json()["runner"]["reason"]
            assert FULL in client.get(f"/searches/{search_id}").text
        turn(runner, lambda: get(database, search_id).state == "succeeded")
        assert client.get("/readyz").json()["runner"] == {"lives": True, "reason": None}
    with database.read() as session:
        assert searches.get(session, search_id).failed_count == 0
    golden = [(n, step) for n, trial in enumerate(searchsvc.local.run(TINY).trials) for step in (1, 2)]
    assert sorted(executor.steps) == golden  # nothing was trained twice
    assert check(url, str(store))[1] == []
    runner.close()
    database.close()


def test_a_trial_that_waits_for_room_can_be_cancelled(migrated_file: Path, tmp_path: Path, small: Disk) -> None:
    database = Database(f"sqlite:///{shutil.copy(migrated_file, tmp_path)}")
    runner = Runner(database, InlineExecutor(small.folder), 30.0, str(small.folder), InlineAsker())
    search_id = submit(database)
    with small.filled():
        turn(runner, lambda: runner.presence.reason)
        with database.write() as session:
            searches.cancel(session, search_id)
        runner._next_look = 0.0
        turn(runner, lambda: get(database, search_id).state == "cancelled")
        turn(runner, lambda: runner.presence.reason is None)
    runner.close()
    database.close()


def test_what_does_not_fit_leaves_no_file(tmp_path: Path, small: Disk) -> None:
    with small.filled(), pytest.raises(artifacts.Unavailable, match=FULL):
        artifacts.write(str(small.folder), "search/trial/1/weights", bytes(1000))
    assert [path for path in small.folder.rglob("*") if path.is_file()] == []
    artifacts.write(str(small.folder), "search/trial/1/weights", bytes(1000))


@contextmanager
def no_more_pages(*databases: Database) -> Iterator[None]:
    """SQLite databases that may not grow: to SQLite a full disk."""

    def limit(pages: int) -> Callable[..., None]:
        return lambda connection, *_: connection.execute(f"PRAGMA max_page_count = {pages}")

    full, free = limit(1), limit(2**30)
    engines = [engine for database in databases for engine in (database._writer, database._reader)]
    for engine in engines:
        event.listen(engine, "checkout", full)
    yield
    for engine in engines:
        event.remove(engine, "checkout", full)
        event.listen(engine, "checkout", free)


@contextmanager
def no_large_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_database_without_room_is_waited_for(migrated_file: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{shutil.copy(migrated_file, tmp_path)}"
    database, executor = Database(url), InlineExecutor(tmp_path / "store")
    runner = Runner(database, executor, 30.0, executor.store, InlineAsker())
    search_id = submit(database)
    runner.presence.ready()
    thread = threading.Thread(target=runner.run)
    with TestClient(create_app(Settings(database_url=url))) as client:
        with no_more_pages(database, client.app.state.database):  # type: ignore[attr-defined]
            thread.start()
            while client.post("/v1/searches", json=TINY).status_code == 201:
                pass
            refused = client.post("/v1/searches", json=TINY)
            assert refused.status_code == 503 and "full" in refused.json()["detail"]
            ready = client.get("/readyz")
            assert ready.status_code == 503 and "full" in ready.json()["detail"]
            page = client.get(f"/searches/{search_id}")
            assert page.status_code == 200 and "database or disk is full" in page.text
            assert thread.is_alive()
        while get(database, search_id).state != "succeeded":
            time.sleep(0.05)
        assert client.post("/v1/searches", json=TINY).status_code == 201
        assert client.get("/readyz").status_code == 200
    runner.stop.set()
    thread.join()
    database.close()
    assert check(url)[1] == []


def test_room_and_rights_are_looked_at_before_anything_is_refused(
    migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(shutil.copy(migrated_file, tmp_path))
    with TestClient(create_app(Settings(database_url=f"sqlite:///{file}"))) as client:
        assert client.get("/readyz").status_code == 200
        with monkeypatch.context() as patch:
            patch.setattr("searchsvc.store.db.LEAST_ROOM", 1 << 60)
            assert "its disk is full" in client.get("/readyz").json()["detail"]
            assert "its disk is full" in client.get("/").text
        with monkeypatch.context() as patch:
            patch.setattr(os, "access", lambda path, mode: path != file)
            assert "it is read-only" in client.get("/readyz").json()["detail"]
        assert client.get("/readyz").status_code == 200


def test_a_postgresql_database_that_takes_no_writes_is_not_ready(empty_postgresql: str) -> None:
    migrate.upgrade(empty_postgresql)
    name = normalise(empty_postgresql).database
    with TestClient(create_app(Settings(database_url=empty_postgresql))) as client:
        assert client.get("/readyz").status_code == 200
        address = normalise(empty_postgresql).set(drivername="postgresql")
        with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        client.app.state.database.close()  # type: ignore[attr-defined]
        assert "read-only" in client.get("/readyz").json()["detail"]


@pytest.mark.parametrize("what", ["backup", "archive", "output"])
def test_copies_and_exports_that_do_not_fit_are_one_line_and_leave_nothing(
    migrated_file: Path, tmp_path: Path, small: Disk, what: str
) -> None:
    url = f"sqlite:///{shutil.copy(migrated_file, tmp_path)}"
    database = Database(url)
    search_id = submit(database)
    with database.write() as session:
        searches.get(session, search_id).state = "failed"

    def write() -> object:
        if what == "backup":
            return backup(url, small.folder / "copy.db")
        if what == "archive":
            return archive(database, str(small.folder), search_id)
        with whole(small.folder / "trials.csv") as part, part.open("wb") as file:
            file.write(bytes(10_000))
            file.flush()
            return os.fsync(file.fileno())

    with no_large_files() if what == "backup" else small.filled():
        with pytest.raises(UserError, match=f"{FULL}|is there room") as refused:
            write()
        assert "\n" not in str(refused.value)
        assert [file.name for file in small.folder.rglob("*") if file.is_file() and file.name != "filler"] == []
    write()
    database.close()
