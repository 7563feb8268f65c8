"""Where trials run: what the runner asks of Ray, or of anything else that can run them."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from searchsvc.kinds import BaseJob
from searchsvc.store.control.results import Stepped
from searchsvc.store.control.runs import Work

__all__ = ["Blocked", "Executor", "ExecutorLost", "Failed", "Happening", "Lost", "Stepped"]


@dataclass(frozen=True)
class Failed:
    """The trial's own code raised an exception: it would again. `diverged`: since its numbers are no longer finite."""

    work: Work
    error: str
    diverged: bool = False


@dataclass(frozen=True)
class Blocked:
    """The trial's step is done, and the artifact store takes nothing: `advance` tries again to keep what it gave."""

    work: Work
    reason: str


@dataclass(frozen=True)
class Lost:
    """The trial's worker died: another may do better."""

    work: Work
    reason: str


Happening = Stepped | Failed | Lost | Blocked


class ExecutorLost(Exception):
    """Nothing can run trials any more, as when Ray's head has died; a new process makes a new executor."""


class Executor(Protocol):
    note: str | None  # what users should know as long as it runs their trials

    def impossible(self, job: BaseJob) -> str | None:
        """Why no trial of `job` can ever start here, or None."""

    def known_memory(self) -> int | None:
        """Bytes that a trial may take; None where machines may come that have more."""

    def places(self) -> int:
        """How many trials of one processor could run at once, whatever runs now."""

    def room(self, job: BaseJob) -> int:
        """How many more trials of `job` could start now."""

    def start(self, work: Work, job: BaseJob, search_id: UUID) -> None:
        """Begin a trial, from its checkpoint if it has one; its first step comes out of `poll`."""

    def poll(self, timeout: float) -> list[Happening]:
        """What has happened since; waits up to `timeout` seconds for something to."""

    def advance(self, work: Work) -> None:
        """Train the next step: the last one has been recorded; or keep the one that could not be kept."""

    def release(self, work: Work) -> None:
        """The trial needs no further step; its worker may take another."""

    def stop(self, work: Work) -> None:
        """End a trial at once; `poll` says no more of it."""

    def healthy(self) -> bool:
        """Whether it can still run trials at all."""

    def close(self) -> None:
        """End everything that runs."""
