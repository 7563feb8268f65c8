"""Storms over the service: one is short, the others run in `make test-long`, and at length in `make chaos`.

`docs/reliability.md` has the figures of the last.
"""

import errno
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from searchsvc import Client
from tests.faults import chaos, copies, disk, mutants, specs
from tests.faults.cluster import Cluster
from tests.faults.copies import Change
from tests.faults.disk import FULL


@pytest.mark.slow
@pytest.mark.parametrize(
    ("database", "executor", "kills"),
    [
        ("sqlite-delete", "process", 2),
        pytest.param("sqlite-delete", "process", 6, marks=pytest.mark.long),
        pytest.param("sqlite-wal", "process", 4, marks=pytest.mark.long),
        pytest.param("postgresql", "process", 6, marks=pytest.mark.long),
        pytest.param("postgresql", "ray", 4, marks=pytest.mark.long),
    ],
)
def test_nothing_is_lost_or_doubled(database: str, executor: str, kills: int) -> None:
    counts = chaos.run(database, executor, kills, seed=1)
    assert chaos.passed(counts), counts
    assert sum(counts["kills"].values()) == kills


@pytest.mark.long
def test_each_missing_protection_is_noticed() -> None:
    became = mutants.run()
    assert mutants.passed(became), became


@pytest.fixture
def full_store(tmp_path: Path) -> Iterator[tuple[Path, Path, list[Change]]]:
    """A store without room, a file in it that takes up the room, and changes of the service that the store needs.

    A small disk; where mounting one is not allowed, a service that fails to write as long as the file is there.
    """
    folder = tmp_path / "store"
    filler = folder / "filler"
    with disk.small(folder, "1m") as mounted:
        if mounted:
            disk.fill(filler)
            yield folder, filler, []
            return
        filler.touch()
        opened = '            with fs.open(temporary, "wb") as file:\n'
        error = f"OSError({errno.ENOSPC}, {FULL!r})"
        failing = f"            if os.path.exists({str(filler)!r}):\n                raise {error}\n"
        yield folder, filler, [Change("searchsvc/store/artifacts.py", opened, failing + opened)]


@pytest.mark.long
def test_a_full_disk_holds_the_search_until_there_is_room(
    tmp_path: Path, full_store: tuple[Path, Path, list[Change]]
) -> None:
    store, filler, changes = full_store
    source = copies.make(tmp_path / "source", *changes)
    cluster = Cluster(source, tmp_path, f"sqlite:///{tmp_path}/searchsvc.db", "process")
    cluster.environment["SEARCHSVC_ARTIFACTS"] = str(store)
    cluster.start()
    try:
        search = Client(cluster.url).submit({**specs.SPECS[1], "max_failed_trials": 0})
        while FULL not in (httpx.get(f"{cluster.url}/readyz").json()["runner"]["reason"] or ""):
            time.sleep(0.2)
        assert search.status()["state"] == "running"
        assert FULL in httpx.get(f"{cluster.url}/searches/{search.id}").text
        while [file.name for file in store.rglob("*") if file.is_file()] != ["filler"]:
            time.sleep(0.05)  # at each try there is a file for a moment
        filler.unlink()
        assert search.wait().status()["progress"]["failed"] == 0
    finally:
        assert cluster.stop() == []
