"""Trials in plain processes of this machine: no Ray needed. A worker is a child process at the end of a pipe."""

import os
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any
from uuid import UUID

from spaces.errors import UserError
from workers.executor import Failed, Happening, Lost, Stepped
from workers.pool import Pool, Shape

_context = get_context("spawn")  # a fork would take along the database's connections


@dataclass(frozen=True)
class Worker:
    process: BaseProcess
    pipe: Connection


class ProcessExecutor(Pool):
    def __init__(self, store: str, cpus: int | None = None) -> None:
        super().__init__(store)
        self.cpus = float(cpus or os.cpu_count() or 1)

    def capacity(self) -> Shape:
        return self.cpus, 0.0

    def spawn(self, shape: Shape) -> Worker:
        ours, theirs = _context.Pipe()
        process = _context.Process(target=_serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        return Worker(process, ours)

    def begin(self, worker: Worker, config: dict[str, Any]) -> None:
        self._send(worker, config)

    def step(self, worker: Worker, trial_id: UUID) -> None:
        self._send(worker, "step")

    def kill(self, worker: Worker) -> None:
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()

    def poll(self, timeout: float) -> list[Happening]:
        pipes = {busy.worker.pipe: busy for busy in self.busy.values()}
        ready = wait(list(pipes), timeout) if pipes else []
        return [self._collect(pipes[pipe]) for pipe in ready]

    def healthy(self) -> bool:
        return True

    def close(self) -> None:
        idle = [worker for workers in self.idle.values() for worker in workers]
        for worker in idle + [busy.worker for busy in self.busy.values()]:
            self.kill(worker)

    def _collect(self, busy: Any) -> Happening:
        try:
            answer, error = busy.worker.pipe.recv()
        except (EOFError, OSError):
            self.stop(busy.work)
            return Lost(busy.work, f"its process ended with status {busy.worker.process.exitcode}")
        if error:
            self.release(busy.work)
            return Failed(busy.work, error)
        return Stepped(busy.work, **answer)

    def _send(self, worker: Worker, message: Any) -> None:
        with suppress(OSError):  # it has died; `poll` finds the end of its pipe
            worker.pipe.send(message)


def _serve(pipe: Connection) -> None:
    """A worker's life: a configuration begins a trial, "step" trains, the end of the pipe ends it."""
    from workers.trial_body import TrialBody

    config: dict[str, Any] = {}
    body: TrialBody | None = None
    while True:
        try:
            message = pipe.recv()
            if message != "step":
                config, body = message, None
                continue
            try:
                body = body or TrialBody(config)
                answer = body.step(), None
            except UserError as error:
                answer = None, str(error)  # type: ignore[assignment]
            except Exception:
                answer = None, traceback.format_exc()  # type: ignore[assignment]
            pipe.send(answer)
        except (EOFError, OSError):
            return
