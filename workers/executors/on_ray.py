"""Trials on Ray: a worker is an actor.

With an address it joins the cluster there, from a node of it on this machine (``ray start``), and leaves it as it is.
Without one it starts a Ray of its own on this machine, closed to others, and ends it on `close`.
"""

import re
import shutil
import socket
import tempfile
import time
from contextlib import ExitStack, chdir
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import ray
from ray.exceptions import OutOfMemoryError, RayError, RayTaskError

from searchsvc.kinds import BaseJob
from searchsvc.store import artifacts
from spaces.errors import Diverged, UserError
from workers.executors import ray_folder
from workers.executors.pool import Pool, Shape
from workers.executors.protocol import Blocked, ExecutorLost, Failed, Happening, Lost, Stepped
from workers.executors.trainable import TrialTrainable

OBJECT_STORE_BYTES = 100_000_000
HEAD = ("gcs_server", "raylet")
CAPACITY_SECONDS = 0.5  # between two looks how much there is
HEAD_SECONDS = 5.0  # for a head elsewhere to answer


class RayExecutor(Pool):
    def __init__(self, address: str, store: str, cpus: int | None = None, memory: int | None = None) -> None:
        super().__init__(store, memory)
        self.folder = None if address else ray_folder.make()
        self.current_folder = None if address else str(Path.cwd())  # of trials
        options: dict[str, Any] = {"address": address}
        if self.folder:
            options = {
                "address": "local",  # whatever RAY_ADDRESS says
                "num_cpus": cpus,
                "_memory": self.memory,
                "include_dashboard": False,
                "object_store_memory": OBJECT_STORE_BYTES,
                "_temp_dir": self.folder,
                "_node_ip_address": "127.0.0.1",
            }
        try:
            self._join(options)
        except BaseException:
            self.close()
            raise
        self.gcs = ray.get_runtime_context().gcs_address
        self.head = [p for p in psutil.Process().children(recursive=True) if p.name() in HEAD]
        self.total, self.counted = (0.0, 0.0, 0.0), -CAPACITY_SECONDS
        self.steps: dict[Any, UUID] = {}  # the trial of each step that runs, by its future

    def _join(self, options: dict[str, Any]) -> None:
        """Start or join a Ray; not from the current folder, which its workers would search for modules first."""
        with ExitStack() as stack:
            stack.enter_context(chdir(self.folder or stack.enter_context(tempfile.TemporaryDirectory())))
            ray.init(log_to_driver=False, logging_level="ERROR", **options)

    def impossible(self, job: BaseJob) -> str | None:
        """A cluster that somebody else runs may grow."""
        return super().impossible(job) if self.folder else None

    def known_memory(self) -> int | None:
        return self.memory if self.folder else None

    def capacity(self) -> Shape:
        if time.monotonic() > self.counted + CAPACITY_SECONDS:
            self._require_head()
            resources = ray.cluster_resources()
            self.total = resources.get("CPU", 0.0), resources.get("GPU", 0.0), resources.get("memory", 0.0)
            self.counted = time.monotonic()
        return self.total

    def spawn(self, shape: Shape) -> Any:
        self._require_head()
        held = {"num_cpus": shape[0], "num_gpus": shape[1], "memory": int(shape[2])}
        options = {**held, "max_restarts": 0, "max_task_retries": 0}
        config = {"current_folder": self.current_folder, "gpus": shape[1], "memory": self.known_memory()}
        return ray.remote(**options)(TrialTrainable).remote(config)

    def begin(self, worker: Any, config: dict[str, Any]) -> None:
        worker.reset.remote(config)

    def step(self, worker: Any, trial_id: UUID) -> None:
        self.steps[worker.train.remote()] = trial_id

    def kill(self, worker: Any) -> None:
        ray.kill(worker)  # a stop call would wait behind the step

    def poll(self, timeout: float) -> list[Happening]:
        self.shrink()  # nodes come and go
        self.steps = {future: trial for future, trial in self.steps.items() if trial in self.busy}
        if not self.steps:
            return []
        futures = list(self.steps)
        ray.wait(futures, timeout=timeout)
        ready, _ = ray.wait(futures, num_returns=len(futures), timeout=0)
        return [self._collect(future) for future in ready]

    def healthy(self) -> bool:
        """Whether Ray still has its head: our processes, or one elsewhere that answers. Ray itself waits a minute."""
        ours = all(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in self.head)
        return ours and (self.folder is not None or _answers(self.gcs))

    def close(self) -> None:
        ray.shutdown()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _require_head(self) -> None:
        """Before calls that would wait a minute for a lost head and then end this process."""
        if not self.healthy():
            raise ExecutorLost

    def _collect(self, future: Any) -> Happening:
        work = self.busy[self.steps.pop(future)].work
        try:
            result = ray.get(future)
        except RayTaskError as error:  # a RayError too: the trial's own exception
            if isinstance(error.cause, artifacts.Unavailable):
                return Blocked(work, str(error.cause))
            self.release(work)
            return Failed(work, _said(error), isinstance(error.cause, Diverged))
        except RayError as error:
            self.stop(work)
            self.cool()  # idle workers may have been on the same node; each would cost the next trial an attempt
            return Lost(work, _how_it_was_lost(error))
        names = ("step", "metrics", "architecture", "result", "artifact", "worker")
        return Stepped(work, **{name: result[name] for name in names})  # Ray adds others


def _said(error: RayTaskError) -> str:
    """What a trial's exception says: to its user a sentence, of a bug the traceback without terminal colours."""
    return str(error.cause) if isinstance(error.cause, UserError) else re.sub(r"\x1b\[[0-9;]*m", "", str(error))


def _how_it_was_lost(error: RayError) -> str:
    if isinstance(error, OutOfMemoryError) or "running low on memory" in str(error):
        return "its worker was ended, since memory ran out"
    return f"{type(error).__name__}: its worker was lost"


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), HEAD_SECONDS).close()
    except OSError:
        return False
    return True
