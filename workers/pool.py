"""Warm workers pooled by the resources that they hold; an idle one makes way for another shape.

What a worker is, an actor or a process, a subclass says.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from searchsvc.jobs import BaseJob
from searchsvc.repo.runs import Work
from workers.executor import Happening

Shape = tuple[float, float]  # cpus, gpus
ROUNDING = 1e-9


@dataclass
class Busy:
    worker: Any
    shape: Shape
    work: Work


class Pool(ABC):
    """An executor (`workers.executor`) but for how its workers are made, told and ended."""

    def __init__(self, store: str) -> None:
        self.store = store
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

    def impossible(self, job: BaseJob) -> str | None:
        shape, total = _shape(job), self.capacity()
        if all(wanted <= there for wanted, there in zip(shape, total, strict=True)):
            return None
        return (
            f"resources: got {shape[0]:g} cpus and {shape[1]:g} gpus for a trial; "
            f"there are {total[0]:g} cpus and {total[1]:g} gpus in all; ask for less"
        )

    def room(self, job: BaseJob) -> int:
        shape = _shape(job)
        return len(self.idle[shape]) + self._fit(shape) or min(1, self._fit(shape, idle=False))

    def start(self, work: Work, job: BaseJob, search_id: UUID) -> None:
        shape = _shape(job)
        if not self.idle[shape] and not self._fit(shape):
            self._evict(shape)
        worker = self.idle[shape].pop() if self.idle[shape] else self.spawn(shape)
        self.busy[work.trial_id] = Busy(worker, shape, work)
        self.begin(worker, self._trial_config(work, job, search_id))
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

    def _trial_config(self, work: Work, job: BaseJob, search_id: UUID) -> dict[str, Any]:
        return {
            "configuration": work.configuration,
            "seed": work.seed,
            "device": "cuda" if job.resources.gpus else "cpu",
            "threads": job.threads,
            "costs_every_epoch": job.costs_every_epoch,
            "store": self.store,
            "folder": f"{search_id}/{work.trial_id}/{work.attempt}",
            "checkpoint": work.checkpoint,
        }

    def _fit(self, shape: Shape, *, idle: bool = True) -> int:
        """How often `shape` is free; without `idle`, how often it would be if no worker were idle."""
        left = self._left(idle=idle)
        fit = min(int((there + ROUNDING) / wanted) for wanted, there in zip(shape, left, strict=True) if wanted)
        return max(0, fit)  # a cluster may have shrunk

    def _left(self, *, idle: bool = True) -> list[float]:
        """Of each resource, what no worker holds; negative where a cluster has shrunk."""
        held = [busy.shape for busy in self.busy.values()]
        held += [s for s, workers in self.idle.items() for _ in workers] if idle else []
        return [total - sum(s[i] for s in held) for i, total in enumerate(self.capacity())]

    def _evict(self, shape: Shape) -> None:
        """End idle workers of other shapes until `shape` fits."""
        for workers in self.idle.values():
            while workers and not self._fit(shape):
                self.kill(workers.pop())


def _shape(job: BaseJob) -> Shape:
    return job.resources.cpus, job.resources.gpus
