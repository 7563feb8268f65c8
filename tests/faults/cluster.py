"""The service as it runs for users, `searchsvc up`, with runners beside it; and its processes by their roles."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil

from tests.e2e.service import PATIENCE_SECONDS, free_port
from tests.faults import copies

BIN = Path(sys.executable).parent
LEASE_SECONDS = 4.0
RESTART_SECONDS = 1.0
RAY_HEAD = ("gcs_server", "raylet")


class Cluster:
    def __init__(self, source: Path, folder: Path, database_url: str, executor: str, runners: int = 1) -> None:
        self.folder, self.runners = folder, runners
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = copies.environment(
            source,
            SEARCHSVC_DATA=str(folder),
            SEARCHSVC_DATABASE_URL=database_url,
            SEARCHSVC_PORT=str(self.port),
            SEARCHSVC_LEASE_SECONDS=str(LEASE_SECONDS),
            SEARCHSVC_EXECUTOR=executor,
            SEARCHSVC_CPUS="2",
        )
        self.extra: list[subprocess.Popen[bytes]] = []
        self.lock = threading.Lock()  # nobody is replaced while everything is being killed
        self.stopping = threading.Event()

    def start(self) -> None:
        self._log_before = len(self.log())
        self.main = self._spawn(BIN / "searchsvc", "up")
        self._wait_until_ready()
        self.extra = [self._runner() for _ in range(self.runners - 1)]

    def keep(self) -> None:
        """Replace runners that we started beside the supervisor, until `stopping`; run this in a thread."""
        while not self.stopping.wait(RESTART_SECONDS):
            with self.lock:
                for i, process in enumerate(self.extra):
                    if process.poll() is not None:
                        _reap(process)
                        self.extra[i] = self._runner()

    def processes(self, role: str) -> list[psutil.Process]:
        """Those that have the role now: api, runner, trial, Ray head."""
        found = []
        for process in self.family():
            with suppress(psutil.Error):
                if process.status() != psutil.STATUS_ZOMBIE and _role(process) == role:
                    found.append(process)
        return found

    def family(self) -> list[psutil.Process]:
        found = []
        for process in (self.main, *self.extra):
            with suppress(psutil.NoSuchProcess):
                root = psutil.Process(process.pid)
                found += [root, *root.children(recursive=True)]
        return found

    def power_cut(self) -> None:
        """SIGKILL to every process at once, then start again. (The operating system, and so its cache, survives.)"""
        with self.lock:
            family = self.family()
            for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first, or they would replace each other
                for process in family:
                    with suppress(psutil.NoSuchProcess):
                        process.send_signal(number)
            for process in (self.main, *self.extra):
                _reap(process)
                process.wait(PATIENCE_SECONDS)
            psutil.wait_procs(family, timeout=PATIENCE_SECONDS)
            self.start()

    def stop(self) -> list[psutil.Process]:
        """SIGTERM; returns what is left afterwards, which should be nothing."""
        self.stopping.set()
        with self.lock:
            family = self.family()
            for process in (self.main, *self.extra):
                process.terminate()
            for process in (self.main, *self.extra):
                process.wait(PATIENCE_SECONDS)
            left = psutil.wait_procs(family, timeout=30)[1]
            for process in left:
                process.kill()
            return left

    def log(self) -> str:
        file = self.folder / "service.log"
        return file.read_text() if file.exists() else ""

    def _runner(self) -> "subprocess.Popen[bytes]":
        return self._spawn(sys.executable, "-m", "workers")

    def _spawn(self, *command: str | Path) -> "subprocess.Popen[bytes]":
        with (self.folder / "service.log").open("ab") as log:
            return subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, cwd=self.folder, start_new_session=True
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 2 * PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if "searchsvc on http" in self.log()[self._log_before :]:
                return
            if self.main.poll() is not None:  # its database may have been away
                self.main = self._spawn(BIN / "searchsvc", "up")
            time.sleep(0.2)
        raise AssertionError(f"not ready: {self.log()[-4000:]}")


def _role(process: psutil.Process) -> str:
    line = process.cmdline() or [""]  # of one that is just ending
    if line[-2:-1] == ["-m"]:
        return {"api": "api", "workers": "runner"}.get(line[-1], "")
    if process.name() in RAY_HEAD:
        return "Ray head"
    is_worker = any("spawn_main" in word for word in line) or line[0].startswith("ray::TrialTrainable")
    return "trial" if is_worker else ""


def _reap(process: "subprocess.Popen[bytes]") -> None:
    """End what a dead runner has left of its process group, as the supervisor does for its children."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
