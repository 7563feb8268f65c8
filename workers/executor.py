"""Where trials run: what the runner asks of Ray, or of anything else that can run them."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from searchsvc.jobs import BaseJob
from searchsvc.repo.results import Stepped
from searchsvc.repo.runs import Work

__all__ = ["Executor", "ExecutorLost", "Failed", "Happening", "Lost", "Stepped"]


@dataclass(frozen=True)
class Failed:
    """The trial's own code raised an exception: it would again."""

    work: Work
    error: str


@dataclass(frozen=True)
class Lost:
    """The trial's worker died: another may do better."""

    work: Work
    reason: str


Happening = Stepped | Failed | Lost


class ExecutorLost(Exception):
    """Nothing can run trials any more, as when Ray's head has died; a new process makes a new executor."""


class Executor(Protocol):
    def impossible(self, job: BaseJob) -> str | None:
        """Why no trial of `job` can ever start here, or None."""

    def room(self, job: BaseJob) -> int:
        """How many more trials of `job` could start now."""

    def start(self, work: Work, job: BaseJob, search_id: UUID) -> None:
        """Begin a trial, from its checkpoint if it has one; its first step comes out of `poll`."""

    def poll(self, timeout: float) -> list[Happening]:
        """What has happened since; waits up to `timeout` seconds for something to."""

    def advance(self, work: Work) -> None:
        """Train the next step: the last one has been recorded."""

    def release(self, work: Work) -> None:
        """The trial needs no further step; its worker may take another."""

    def stop(self, work: Work) -> None:
        """End a trial at once; `poll` says no more of it."""

    def healthy(self) -> bool:
        """Whether it can still run trials at all."""

    def close(self) -> None:
        """End everything that runs."""
