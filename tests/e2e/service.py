"""A service as its users start it: `searchsvc up` in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil

BIN = Path(sys.executable).parent
LEASE_SECONDS = 4.0  # short, so that a killed service's searches are taken up soon


class Service:
    """`searchsvc up` on a folder, with SQLite in it or on `database_url`; `more` are further variables."""

    def __init__(self, folder: Path, database_url: str = "", **more: str) -> None:
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
            self.process = subprocess.Popen([BIN / "searchsvc", "up"], env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz").is_success:
                    return
            time.sleep(0.1)
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
        self.process.wait(20)
        psutil.wait_procs(family, timeout=20)

    def child(self, module: str) -> psutil.Process:
        """The process of `python -m module`."""
        (found,) = [p for p in self.family() if p.status() != "zombie" and p.cmdline()[-2:] == ["-m", module]]
        return found

    def stop(self) -> list[psutil.Process]:
        """SIGTERM; returns what is still there afterwards, which should be nothing."""
        family = self.family()
        self.process.terminate()
        self.process.wait(30)
        _, alive = psutil.wait_procs(family, timeout=5)
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
