"""A service as its users start it: `searchsvc up` in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

BIN = Path(sys.executable).parent
PATIENCE_SECONDS = 300.0  # for what takes seconds on an idle machine
LEASE_SECONDS = 4.0  # short, so that a killed service's searches are taken up soon


class Service:
    """`searchsvc up` on a folder, with SQLite in it or on `database_url`; `more` are further variables.

    `current` is the folder that it is started from.
    """

    def __init__(self, folder: Path, database_url: str = "", current: Path | None = None, **more: str) -> None:
        self.current = current
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "service.log"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("RAY_")},  # a user has none
            "SEARCHSVC_DATA": str(folder),
            "SEARCHSVC_DATABASE_URL": database_url,
            "SEARCHSVC_PORT": str(self.port),
            "SEARCHSVC_LEASE_SECONDS": str(LEASE_SECONDS),
            "SEARCHSVC_CPUS": "2",
            **more,
        }
        self.start()

    def start(self) -> None:
        with self.log.open("a") as log:
            before = log.tell()
            command = [BIN / "searchsvc", "up"]
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, cwd=self.current)
        deadline = time.monotonic() + 2 * PATIENCE_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if b"searchsvc on http" in self.log.read_bytes()[before:]:
                return
            time.sleep(0.1)
        self.kill()
        raise AssertionError(f"not ready: {self.log.read_text()}")

    def family(self) -> list[psutil.Process]:
        """Supervisor, API, runner, Ray and its workers."""
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]

    def kill(self) -> None:
        """SIGKILL to everything at once, as a power cut does."""
        family = self.family()
        for process in family:
            process.send_signal(signal.SIGSTOP)  # or the supervisor would replace its children
        for process in family:
            process.kill()
        self.process.wait(PATIENCE_SECONDS)
        psutil.wait_procs(family, timeout=PATIENCE_SECONDS)

    def child(self, module: str) -> psutil.Process:
        """The process of `python -m module`."""
        (found,) = [p for p in self.family() if p.status() != "zombie" and p.cmdline()[-2:] == ["-m", module]]
        return found

    def stop(self) -> list[psutil.Process]:
        """SIGTERM; returns what is still there afterwards, which should be nothing."""
        family = self.family()
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)
        _, alive = psutil.wait_procs(family, timeout=30)
        return alive

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """One command line of ours against this service."""
        environment = {**self.environment, "SEARCHSVC_URL": self.url, "COLUMNS": "200"}
        return subprocess.run([BIN / command[0], *command[1:]], env=environment, capture_output=True, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def untested(trial: dict[str, Any]) -> dict[str, Any]:
    """A trial without its test part, which is told when the search has ended."""
    metrics = [metric for metric in trial["metrics"] if metric["split"] != "test"]
    return {**trial, "test_accuracy": None, "metrics": metrics}
