"""Trials that train nothing, in the runner's own process, one step a poll: for trying the service, and for tests.

What a trial reports is drawn (`searchsvc.training.scripted`). Everything else is as with other executors: rows, files,
checkpoints, processors and memory that trials are said to hold.
"""

import os
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from searchsvc.training import scripted
from searchsvc.training.trials import Trial
from workers.executors.pool import Busy, Pool, Shape
from workers.executors.protocol import Happening
from workers.executors.trial_body import Seat


class ScriptedExecutor(Pool):
    note = "nothing is trained: SEARCHSVC_EXECUTOR=scripted draws every score"

    def __init__(self, store: str, cpus: int | None = None, memory: int | None = None, seconds: float = 0.0) -> None:
        """`seconds`: how long a step takes."""
        super().__init__(store, memory)
        self.cpus = float(cpus or os.cpu_count() or 1)
        self.seconds = seconds
        self.due: dict[UUID, float] = {}  # when the step of each trial has taken so long, the first asked for first

    def trial(self) -> Callable[..., Trial]:
        """What begins a trial."""
        return scripted.Trial

    def capacity(self) -> Shape:
        return self.cpus, 0.0, self.memory

    def spawn(self, shape: Shape) -> Seat:
        return Seat(self.trial())

    def begin(self, worker: Seat, config: dict[str, Any]) -> None:
        worker.begin(config)

    def step(self, worker: Seat, trial_id: UUID) -> None:
        self.due[trial_id] = time.monotonic() + self.seconds

    def kill(self, worker: Seat) -> None:
        pass

    def poll(self, timeout: float) -> list[Happening]:
        self.due = {trial: moment for trial, moment in self.due.items() if trial in self.busy}
        if not self.due:
            return []
        first = min(self.due, key=lambda trial: self.due[trial])
        left = self.due[first] - time.monotonic()
        time.sleep(min(max(left, 0.0), timeout))
        if left > timeout:
            return []
        del self.due[first]
        return [self.came_to(self.busy[first])]

    def came_to(self, busy: Busy) -> Happening:
        """The next step of a trial."""
        return self.happened(busy.work, *busy.worker.step())

    def healthy(self) -> bool:
        return True

    def close(self) -> None:
        pass
