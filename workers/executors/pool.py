"""Warm workers pooled by the resources that they hold; an idle one makes way for another shape.

What a worker is, an actor or a process, a subclass says. There are never more than processors and memory allow,
whatever a specification says: each counts as a share of a processor and as some memory at least.
"""

from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from searchsvc.kinds import BaseJob
from searchsvc.store import fitting
from searchsvc.store.control.runs import Work
from workers import machine
from workers.executors.protocol import Blocked, Failed, Happening, Stepped

Shape = tuple[float, float, float]  # cpus, gpus, bytes of memory
ROUNDING = 1e-9
LEAST_CPUS = 0.25
LEAST_BYTES, TORCH_BYTES = 1 << 29, 3 << 27  # of any worker, and of what it has loaded before its trial


@dataclass
class Busy:
    worker: Any
    shape: Shape
    work: Work


class Pool(ABC):
    """An executor (`workers.executors.protocol`) but for how its workers are made, told and ended."""

    note: str | None = None

    def __init__(self, store: str, memory: int | None = None) -> None:
        self.store = store
        self.memory = memory or machine.memory_bytes()
        self.idle: dict[Shape, list[Any]] = defaultdict(list)
        self.busy: dict[UUID, Busy] = {}  # by trial

    @abstractmethod
    def capacity(self) -> Shape:
        """What all workers together may hold."""

    @abstractmethod
    def spawn(self, shape: Shape) -> Any:
        """A new worker."""

    @abstractmethod
    def begin(self, worker: Any, config: dict[str, Any]) -> None:
        """Give a worker its next trial."""

    @abstractmethod
    def step(self, worker: Any, trial_id: UUID) -> None:
        """Have it train one step."""

    @abstractmethod
    def kill(self, worker: Any) -> None:
        """End it at once, whatever it does."""

    @abstractmethod
    def poll(self, timeout: float) -> list[Happening]: ...

    @abstractmethod
    def healthy(self) -> bool: ...

    @abstractmethod
    def close(self) -> None: ...

    def impossible(self, job: BaseJob) -> str | None:
        if job.trainer:
            return f"trainer: got {job.trainer}, and this runner trains networks alone; start one that has it"
        wanted, (cpus, gpus, memory) = job.resources, self.capacity()
        if wanted.cpus <= cpus and wanted.gpus <= gpus:
            return fitting.problem(job, memory)
        return (
            f"resources: got {wanted.cpus:g} cpus and {wanted.gpus:g} gpus for a trial; "
            f"there are {cpus:g} cpus and {gpus:g} gpus in all; ask for less"
        )

    def known_memory(self) -> int | None:
        return self.memory

    def places(self) -> int:
        return int(self.capacity()[0])

    def room(self, job: BaseJob) -> int:
        shape = self._shape(job)
        return len(self.idle[shape]) + self._fit(shape) or min(1, self._fit(shape, idle=False))

    def start(self, work: Work, job: BaseJob, search_id: UUID) -> None:
        shape = self._shape(job)
        if not self.idle[shape] and not self._fit(shape):
            self._evict(shape)
        worker = self.idle[shape].pop() if self.idle[shape] else self.spawn(shape)
        self.busy[work.trial_id] = Busy(worker, shape, work)
        self.begin(worker, trial_config(work, job, search_id, self.store))
        self.step(worker, work.trial_id)

    def advance(self, work: Work) -> None:
        self.step(self.busy[work.trial_id].worker, work.trial_id)

    def release(self, work: Work) -> None:
        busy = self.busy.pop(work.trial_id)
        self.idle[busy.shape].append(busy.worker)

    def stop(self, work: Work) -> None:
        busy = self.busy.pop(work.trial_id, None)
        if busy:
            self.kill(busy.worker)

    def happened(self, work: Work, what: str, said: Any) -> Happening:
        """What a step came to, as `trial_body.Seat` says it."""
        if what == "stepped":
            return Stepped(work, **said)
        if what == "blocked":
            return Blocked(work, said)
        self.release(work)
        return Failed(work, said, diverged=what == "diverged")

    def shrink(self) -> None:
        """End idle workers while more is held than there is: what waits for their place would wait for ever."""
        for workers in self.idle.values():
            while workers and min(self._left()) < -ROUNDING:
                self.kill(workers.pop())

    def cool(self) -> None:
        """End every idle worker."""
        for workers in self.idle.values():
            while workers:
                self.kill(workers.pop())

    def _shape(self, job: BaseJob) -> Shape:
        """What a trial holds: few sizes of memory, so that jobs share workers, and never more than there is."""
        memory = LEAST_BYTES
        while memory < job.least_bytes + TORCH_BYTES:
            memory *= 2
        return max(job.resources.cpus, LEAST_CPUS), job.resources.gpus, min(memory, self.capacity()[2])

    def _fit(self, shape: Shape, *, idle: bool = True) -> int:
        """How often `shape` is free; without `idle`, how often it would be if no worker were idle."""
        left = self._left(idle=idle)
        fit = min(int((there + ROUNDING) / wanted) for wanted, there in zip(shape, left, strict=True) if wanted)
        return max(0, fit)  # a cluster may have shrunk

    def _left(self, *, idle: bool = True) -> list[float]:
        """Of each resource, what no worker holds; negative where a cluster has shrunk."""
        held = Counter(busy.shape for busy in self.busy.values())
        if idle:
            held.update({shape: len(workers) for shape, workers in self.idle.items()})
        sums = (sum(shape[i] * count for shape, count in held.items()) for i in range(len(self.capacity())))
        return [total - used for total, used in zip(self.capacity(), sums, strict=True)]

    def _evict(self, shape: Shape) -> None:
        """End idle workers of other shapes until `shape` fits."""
        for workers in self.idle.values():
            while workers and not self._fit(shape):
                self.kill(workers.pop())


def trial_config(work: Work, job: BaseJob, search_id: UUID, store: str) -> dict[str, Any]:
    """What a worker is told of its next trial, in plain data."""
    return {
        "configuration": work.configuration,
        "seed": work.seed,
        "device": "cuda" if job.resources.gpus else "cpu",
        "threads": job.threads,
        "costs_every_epoch": job.costs_every_epoch,
        "store": store,
        "folder": f"{search_id}/{work.trial_id}/{work.attempt}",
        "checkpoint": work.checkpoint,
        "start": work.start,
    }
