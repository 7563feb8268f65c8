"""The short form of `make chaos`; `docs/reliability.md` has the long form's figures."""

import errno
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from searchsvc import Client
from tests.faults import chaos, copies, mutants, specs
from tests.faults.cluster import Cluster
from tests.faults.copies import Change

FULL = "No space left on device"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("database", "executor", "kills"),
    [
        ("sqlite-delete", "process", 6),
        ("sqlite-wal", "process", 4),
        ("postgresql", "process", 6),
        ("postgresql", "ray", 4),
    ],
)
def test_nothing_is_lost_or_doubled(database: str, executor: str, kills: int) -> None:
    counts = chaos.run(database, executor, kills, seed=1)
    assert chaos.passed(counts), counts
    assert sum(counts["kills"].values()) == kills


@pytest.mark.slow
def test_each_missing_protection_is_noticed() -> None:
    became = mutants.run()
    assert mutants.passed(became), became


@pytest.fixture
def full_store(tmp_path: Path) -> Iterator[tuple[Path, Path, list[Change]]]:
    """A store without room, a file in it that takes up the room, and changes of the service that the store needs.

    A small disk; where mounting one is not allowed, a service that fails to write as long as the file is there.
    """
    folder = tmp_path / "store"
    folder.mkdir()
    filler = folder / "filler"
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "searchsvc-test", str(folder)]
    if shutil.which("mount") and subprocess.run(mount, capture_output=True).returncode == 0:
        try:
            with pytest.raises(OSError, match=FULL):
                filler.write_bytes(bytes(2_000_000))
            yield folder, filler, []
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
        return
    filler.touch()
    opened = '    with fs.open(temporary, "wb") as file:\n'
    failing = f"    if os.path.exists({str(filler)!r}):\n        raise OSError({errno.ENOSPC}, {FULL!r})\n"
    yield folder, filler, [Change("searchsvc/artifacts.py", opened, failing + opened)]


@pytest.mark.slow
def test_a_full_disk_fails_the_trial_and_not_the_service(
    tmp_path: Path, full_store: tuple[Path, Path, list[Change]]
) -> None:
    store, filler, changes = full_store
    source = copies.make(tmp_path / "source", *changes)
    cluster = Cluster(source, tmp_path, f"sqlite:///{tmp_path}/searchsvc.db", "process")
    cluster.environment["SEARCHSVC_ARTIFACTS"] = str(store)
    cluster.start()
    try:
        client = Client(cluster.url)
        failed = _ended(client, {**specs.SPECS[1], "max_failed_trials": 0})
        assert failed["state"] == "failed" and FULL in failed["error"]
        assert httpx.get(f"{cluster.url}/readyz").is_success
        filler.unlink()
        assert _ended(client, specs.SPECS[1])["state"] == "succeeded"
    finally:
        assert cluster.stop() == []


def _ended(client: Client, spec: dict[str, object]) -> dict[str, object]:
    search = client.submit(spec)
    while (status := search.status())["state"] not in ("failed", "succeeded"):
        time.sleep(0.2)
    return status
