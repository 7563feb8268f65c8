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
from sqlalchemy import make_url

from searchsvc import jobs, migrate
from searchsvc.db import Database, normalise
from searchsvc.repo import searches
from tests.faults import crash, specs
from tests.faults.checker import check

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
def golden(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], list[float]]:
    return specs.load(tmp_path_factory.mktemp("golden") / "golden.json")


def submitted(url: str) -> Any:
    migrate.upgrade(url)
    database = Database(url)
    with database.write() as session:
        search_id = searches.submit(session, jobs.read(specs.SPECS[1])).id
    database.close()
    return search_id


@pytest.mark.slow
def test_sqlite_at_every_commit(tmp_path: Path, run: Callable[..., int], golden: Any) -> None:
    fresh, counter = tmp_path / "fresh.db", tmp_path / "counter"
    search_id = submitted(f"sqlite:///{fresh}")
    used, url = tmp_path / "used.db", f"sqlite:///{tmp_path}/used.db"
    shutil.copy(fresh, used)
    assert run(url, tmp_path, search_id, "never", 0, counter) == 0
    commits = int(counter.read_text())
    assert commits > 10
    for number in range(1, commits + 1):
        for moment in ("before", "after"):
            shutil.copy(fresh, used)
            assert run(url, tmp_path, search_id, moment, number, counter) == crash.DIED
            with closing(sqlite3.connect(used)) as connection:
                connection.execute(EXPIRE)
                connection.commit()
            assert run(url, tmp_path, search_id, "never", 0, counter) == 0
            assert check(url, golden=golden) == [], f"died {moment} commit {number} of {commits}"


@pytest.mark.parametrize(
    ("moment", "number"), [("after", 1), ("before", 4), ("after", 6), ("before", 9), ("after", 12)]
)
def test_postgresql_at_some_commits(
    empty_postgresql: str, tmp_path: Path, run: Callable[..., int], golden: Any, moment: str, number: int
) -> None:
    search_id = submitted(empty_postgresql)
    counter = tmp_path / "counter"
    assert run(empty_postgresql, tmp_path, search_id, moment, number, counter) == crash.DIED
    address = normalise(empty_postgresql).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        connection.execute(EXPIRE)
    assert run(empty_postgresql, tmp_path, search_id, "never", 0, counter) == 0
    assert check(make_url(address).render_as_string(hide_password=False), golden=golden) == []
