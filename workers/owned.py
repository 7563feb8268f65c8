"""What a runner knows of a search that it holds. All of it can be lost: the rows tell it again."""

import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from uuid import UUID

from searchsvc.jobs import BaseJob
from searchsvc.repo.runs import Lease, Question, Work
from searchsvc.strategy import Suggestion
from workers.asker import Asker
from workers.executor import Stepped
from workers.schedulers import Scheduler


@dataclass(frozen=True)
class Asked:
    """A question on its way."""

    number: int
    outcomes: int
    version: int
    answer: "Future[Suggestion | None]"


@dataclass
class Owned:
    lease: Lease
    job: BaseJob
    scheduler: Scheduler
    renewed: float  # when the lease was, by this process's monotonic clock
    running: dict[UUID, tuple[Work, float]] = field(default_factory=dict)  # with when its step began
    question: Asked | None = None
    version: int = 0  # counts what ended; a question of an older version may have a newer answer
    stalled: bool = False  # nothing to start until something ends
    doubtful: bool = False  # a write's answer was lost: rows may say that more runs than does
    broken_asks: int = 0

    def wants_more(self) -> bool:
        at_most = self.job.max_concurrent
        return not self.stalled and not (at_most and len(self.running) >= at_most)

    def began(self, work: Work) -> None:
        """A step of this trial begins now."""
        self.running[work.trial_id] = work, time.monotonic()

    def ended(self, work: Work) -> None:
        """The trial runs no more."""
        self.running.pop(work.trial_id, None)
        self.version += 1
        self.stalled = False

    def ask(self, asker: Asker, question: Question) -> Asked:
        return Asked(question.number, len(question.outcomes), self.version, asker.ask(question))

    def decide(self, stepped: Stepped) -> str:
        return self.scheduler.decide(stepped.work.number, stepped.step, stepped.metrics["validation_accuracy"])
