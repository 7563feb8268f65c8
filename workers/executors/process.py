"""Trials in plain processes of this machine: no Ray needed. A worker is a child process at the end of a pipe."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any
from uuid import UUID

from workers import memory
from workers.executors.pool import Pool, Shape
from workers.executors.protocol import Happening, Lost

_context = get_context("spawn")  # a fork would take along the database's connections


@dataclass(frozen=True)
class Worker:
    process: BaseProcess
    pipe: Connection


class ProcessExecutor(Pool):
    def __init__(self, store: str, cpus: int | None = None, memory: int | None = None) -> None:
        super().__init__(store, memory)
        self.cpus = float(cpus or os.cpu_count() or 1)

    def capacity(self) -> Shape:
        return self.cpus, 0.0, self.memory

    def spawn(self, shape: Shape) -> Worker:
        ours, theirs = _context.Pipe()
        process = _context.Process(target=_serve, args=(theirs, self.memory), daemon=True)
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
            happened, said = busy.worker.pipe.recv()
        except (EOFError, OSError):
            self.stop(busy.work)
            return Lost(busy.work, _how_it_ended(busy.worker.process.exitcode))
        return self.happened(busy.work, happened, said)

    def _send(self, worker: Worker, message: Any) -> None:
        with suppress(OSError):  # it has died; `poll` finds the end of its pipe
            worker.pipe.send(message)


def _how_it_ended(status: int | None) -> str:
    if status == -signal.SIGKILL:
        return "its process was killed, as the kernel does when memory runs out"
    return f"its process ended with status {status}"


def _serve(pipe: Connection, memory_bytes: int) -> None:
    """A worker's life: a configuration begins a trial, "step" trains, the end of the pipe ends it."""
    from workers.executors.trial_body import Seat

    memory.end_first()
    memory.limit(memory_bytes)
    seat = Seat()
    while True:
        try:
            message = pipe.recv()
            if message == "step":
                pipe.send(seat.step())
            else:
                seat.begin(message)
        except (EOFError, OSError):
            return
