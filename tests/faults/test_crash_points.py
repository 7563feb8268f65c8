"""A runner dies just before and just after every commit of a search; a second one must bring it to the same end."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg
import pytest

from searchsvc import kinds
from searchsvc.store import migrate
from searchsvc.store.control import searches
from searchsvc.store.db import Database, normalise
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
def golden(scripted: None) -> dict[tuple[str, int], list[float]]:
    return specs.scores(specs.SPECS[1])


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
        search_id = searches.submit(session, kinds.read(specs.SPECS[1])).id
    database.close()
    return search_id


@pytest.fixture(params=[pytest.param("each kind of commit"), pytest.param("every commit", marks=pytest.mark.long)])
def crash_at(
    request: pytest.FixtureRequest, tmp_path: Path, run: Callable[..., int], golden: Any
) -> Callable[..., int]:
    """Runs the search that `fresh()` gives once for each moment of commits; returns how many those are."""

    def crash_at(url: str, fresh: Callable[[], Any], wal: bool = False) -> int:
        counter = tmp_path / "counter"
        assert run(url, tmp_path, fresh(), "never", 0, counter, wal) == 0
        kinds = [tuple(kind) for kind in json.loads(counter.read_text())]
        assert len(kinds) > 10
        numbers = range(len(kinds)) if request.param == "every commit" else [kinds.index(kind) for kind in set(kinds)]
        assert len(numbers) > 5
        for number in sorted(numbers):
            for moment in ("before", "after"):
                search_id = fresh()
                assert run(url, tmp_path, search_id, moment, number + 1, counter, wal) == crash.DIED
                expire(url)
                assert run(url, tmp_path, search_id, "never", 0, counter, wal) == 0
                assert check(plain(url), golden=golden) == [], f"died {moment} commit {number}: {kinds[number]}"
        return 2 * len(numbers)

    return crash_at


@pytest.mark.parametrize("wal", [False, True])
def test_sqlite(tmp_path: Path, crash_at: Callable[..., int], record_property: Callable[..., None], wal: bool) -> None:
    new, used = tmp_path / "new.db", tmp_path / "used.db"
    migrate.upgrade(f"sqlite:///{new}")
    search_id = submitted(f"sqlite:///{new}")

    def fresh() -> Any:
        for file in tmp_path.glob("used.db*"):  # with its journal, whose transactions must not enter the next one
            file.unlink()
        shutil.copy(new, used)
        return search_id

    record_property("crashes", crash_at(f"sqlite:///{used}", fresh, wal))


def test_postgresql(empty_postgresql: str, crash_at: Callable[..., int], record_property: Callable[..., None]) -> None:
    migrate.upgrade(empty_postgresql)

    def fresh() -> Any:
        with psycopg.connect(plain(empty_postgresql)) as connection:
            connection.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        return submitted(empty_postgresql)

    record_property("crashes", crash_at(empty_postgresql, fresh))
