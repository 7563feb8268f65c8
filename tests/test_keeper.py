"""Sessions are interrupted in the middle of a test that holds what tests start. Nothing of it is left."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests import holding, keeper

ROOT = Path(__file__).parents[1]
OUTSIDE = Path(tempfile.gettempdir()).parent  # of this session's folder
SECONDS = 400.0


@dataclass(frozen=True)
class Held:
    """What a test in another session holds."""

    process: psutil.Process  # which runs the test
    folder: Path
    family: list[psutil.Process]
    shared: list[Path]  # files in shared memory that they use

    def names(self) -> set[str]:
        return {process.name() for process in self.family}

    def left(self) -> list[Any]:
        """Processes, shared memory, mounted disks."""
        ids = {process.pid for process in self.family}
        return [
            *filter(keeper._lives, self.family),
            *filter(Path.exists, self.shared),
            *(segment for segment in _segments() if segment[0] in ids),
            *(disk for disk in psutil.disk_partitions(all=True) if disk.mountpoint.startswith(f"{self.folder}/")),
        ]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    """Starts a session as a user does who runs no other one."""
    started = []
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    own = {"TMPDIR": str(OUTSIDE), holding.FILE: str(tmp_path / "held.json")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]

    def start(*arguments: str) -> "subprocess.Popen[bytes]":
        with (tmp_path / "log").open("ab") as log:
            process = subprocess.Popen(
                [*command, *arguments],
                env={**environment, **own},
                cwd=ROOT,
                stdout=log,
                stderr=log,
                # a session in the background ignores it, and so would this one
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def held(tmp_path: Path) -> Callable[[], Held]:
    """Waits until a test says what it holds."""

    def held() -> Held:
        file = tmp_path / "held.json"
        until(file.exists, (tmp_path / "log").read_text)
        said = json.loads(file.read_text())
        file.unlink()
        family = list(map(psutil.Process, said["family"]))
        shared = {m.path for p in family for m in p.memory_maps() if m.path.startswith("/dev/shm/")}
        return Held(psutil.Process(said["pid"]), Path(said["folder"]), family, [Path(file) for file in shared])

    return held


def until(true: Callable[[], object], say: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, say()
        time.sleep(0.1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_session_leaves_nothing(start: Any, held: Any, number: signal.Signals) -> None:
    process = start("tests/holding.py::test_server")
    found = held()
    assert "postgres" in found.names() and found.left()
    process.send_signal(number)
    until(lambda: not found.left() and not found.folder.exists(), found.left)


def test_the_next_session_cleans_up_after_one_whose_keeper_was_killed(start: Any, held: Any) -> None:
    process = start("tests/holding.py::test_server")
    found = held()
    keepers = [child for child in found.family if keeper.__file__ in child.cmdline()]
    for each in (*keepers, process):
        each.kill()
    process.wait()
    os.utime(found.folder, (0, 0))  # not one that has just begun
    assert found.left()
    assert start("tests/test_package.py", "-k", "nothing").wait() == pytest.ExitCode.NO_TESTS_COLLECTED
    until(lambda: not found.left() and not found.folder.exists(), found.left)


def test_a_killed_worker_leaves_nothing_while_its_session_goes_on(start: Any, held: Any) -> None:
    process = start("tests/holding.py::test_service", "tests/holding.py::test_next", "--numprocesses=1")
    found = held()
    assert {"postgres", "raylet"} <= found.names()
    found.process.kill()
    until(lambda: not found.left(), found.left)
    other = held()
    assert other.process != found.process and other.folder == found.folder and found.folder.exists()
    process.send_signal(signal.SIGTERM)
    until(lambda: not other.left() and not other.folder.exists(), other.left)


def _segments() -> list[tuple[int, str]]:
    """Shared memory of System V: who made it, and all that is known of it."""
    lines = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    return [(int(line.split()[4]), line) for line in lines]
