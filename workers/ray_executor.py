"""Trials on Ray: a worker is an actor.

With an address it joins the cluster there, from a node of it on this machine (``ray start``), and leaves it as it is.
Without one it starts a Ray of its own on this machine, closed to others, and ends it on `close`.
"""

import os
import re
import shutil
import socket
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import ray
from ray.exceptions import RayError, RayTaskError

from searchsvc.jobs import BaseJob
from spaces.errors import UserError
from workers.executor import ExecutorLost, Failed, Happening, Lost, Stepped
from workers.pool import Pool, Shape
from workers.trainable import TrialTrainable

OBJECT_STORE_BYTES = 100_000_000
HEAD = ("gcs_server", "raylet")
CAPACITY_SECONDS = 0.5  # between two looks how much there is
HEAD_SECONDS = 5.0  # for a head elsewhere to answer
PREFIX = "searchsvc-ray-"


class RayExecutor(Pool):
    def __init__(self, address: str, store: str, cpus: int | None = None) -> None:
        super().__init__(store)
        self.folder = None if address else _own_folder()
        options: dict[str, Any] = {"address": address}
        if self.folder:
            options = {
                "num_cpus": cpus,
                "include_dashboard": False,
                "object_store_memory": OBJECT_STORE_BYTES,
                "_temp_dir": self.folder,
                "_node_ip_address": "127.0.0.1",
            }
        ray.init(log_to_driver=False, logging_level="ERROR", **options)
        self.gcs = ray.get_runtime_context().gcs_address
        self.head = [p for p in psutil.Process().children(recursive=True) if p.name() in HEAD]
        self.total, self.counted = (0.0, 0.0), -CAPACITY_SECONDS
        self.steps: dict[Any, UUID] = {}  # the trial of each step that runs, by its future

    def impossible(self, job: BaseJob) -> str | None:
        """A cluster that somebody else runs may grow."""
        return super().impossible(job) if self.folder else None

    def capacity(self) -> Shape:
        if time.monotonic() > self.counted + CAPACITY_SECONDS:
            self._require_head()
            resources = ray.cluster_resources()
            self.total = resources.get("CPU", 0.0), resources.get("GPU", 0.0)
            self.counted = time.monotonic()
        return self.total

    def spawn(self, shape: Shape) -> Any:
        self._require_head()
        options = {"num_cpus": shape[0], "num_gpus": shape[1], "max_restarts": 0, "max_task_retries": 0}
        return ray.remote(**options)(TrialTrainable).remote({})

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
            self.release(work)
            return Failed(work, _said(error))
        except RayError as error:
            self.stop(work)
            self.cool()  # idle workers may have been on the same node; each would cost the next trial an attempt
            return Lost(work, f"{type(error).__name__}: its worker was lost")
        names = ("step", "metrics", "architecture", "result", "artifact", "worker")
        return Stepped(work, **{name: result[name] for name in names})  # Ray adds others


def _said(error: RayTaskError) -> str:
    """What a trial's exception says: to its user a sentence, of a bug the traceback without terminal colours."""
    return str(error.cause) if isinstance(error.cause, UserError) else re.sub(r"\x1b\[[0-9;]*m", "", str(error))


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), HEAD_SECONDS).close()
    except OSError:
        return False
    return True


def _own_folder() -> str:
    """A new folder for our Ray; those of runners that were killed go."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")
