"""A runner dies just before and just after every commit of a search; a second one must bring it to the same end."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg
import pytest

from searchsvc import jobs, migrate
from searchsvc.db import Database, normalise
from searchsvc.repo import searches
from tests.faults import crash, specs
from tests.faults.checker import check
from tests.faults.rows import TABLES

EXPIRE = "UPDATE search SET lease_until = 0 WHERE lease_until IS NOT NULL"


@pytest.fixture(scope="module")
def run() -> Callable[..., int]:
    """`crash.run` in a process of its own; gives the exit status."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.crash"])

    def run(*arguments: Any) -> int:
        process = context.Process(target=crash.run, args=arguments)
        process.start()
        process.join(60)
        assert process.exitcode is not None
        return process.exitcode

    return run


@pytest.fixture(scope="module")
def golden() -> dict[tuple[str, int], list[float]]:
    return specs.load(specs.golden())


def plain(url: str) -> str:
    """The address as the drivers themselves read it."""
    if url.startswith("sqlite"):
        return url
    return normalise(url).set(drivername="postgresql").render_as_string(hide_password=False)


def expire(url: str) -> None:
    """End the dead runner's lease."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.partition(":///")[2])) as connection:
            connection.execute(EXPIRE)
            connection.commit()
        return
    with psycopg.connect(plain(url)) as connection:
        connection.execute(EXPIRE)


def submitted(url: str) -> Any:
    database = Database(url)
    with database.write() as session:
        search_id = searches.submit(session, jobs.read(specs.SPECS[1])).id
    database.close()
    return search_id


@pytest.fixture
def crash_everywhere(tmp_path: Path, run: Callable[..., int], golden: Any) -> Callable[..., int]:
    """Runs the search that `fresh()` gives once for each moment of each commit; returns how many those are."""

    def crash_everywhere(url: str, fresh: Callable[[], Any], wal: bool = False) -> int:
        counter = tmp_path / "counter"
        assert run(url, tmp_path, fresh(), "never", 0, counter, wal) == 0
        commits = int(counter.read_text())
        assert commits > 10
        for number in range(1, commits + 1):
            for moment in ("before", "after"):
                search_id = fresh()
                assert run(url, tmp_path, search_id, moment, number, counter, wal) == crash.DIED
                expire(url)
                assert run(url, tmp_path, search_id, "never", 0, counter, wal) == 0
                assert check(plain(url), golden=golden) == [], f"died {moment} commit {number} of {commits}"
        return 2 * commits

    return crash_everywhere


@pytest.mark.slow
@pytest.mark.parametrize("wal", [False, True])
def test_sqlite_at_every_commit(
    tmp_path: Path, crash_everywhere: Callable[..., int], record_property: Callable[..., None], wal: bool
) -> None:
    new, used = tmp_path / "new.db", tmp_path / "used.db"
    migrate.upgrade(f"sqlite:///{new}")
    search_id = submitted(f"sqlite:///{new}")

    def fresh() -> Any:
        for file in tmp_path.glob("used.db*"):  # with its journal, whose transactions must not enter the next one
            file.unlink()
        shutil.copy(new, used)
        return search_id

    record_property("crashes", crash_everywhere(f"sqlite:///{used}", fresh, wal))


@pytest.mark.slow
def test_postgresql_at_every_commit(
    empty_postgresql: str, crash_everywhere: Callable[..., int], record_property: Callable[..., None]
) -> None:
    migrate.upgrade(empty_postgresql)

    def fresh() -> Any:
        with psycopg.connect(plain(empty_postgresql)) as connection:
            connection.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        return submitted(empty_postgresql)

    record_property("crashes", crash_everywhere(empty_postgresql, fresh))
