"""What a runner knows of a search that it holds. All of it can be lost: the rows tell it again."""

import time
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from searchsvc.kinds import BaseJob
from searchsvc.metrics import catalog
from searchsvc.store.control.leases import Lease
from searchsvc.store.control.runs import Question, Work
from searchsvc.strategy import Asked, Outcome, Suggestion
from spaces.errors import UserError
from workers.executors.protocol import Stepped
from workers.runner.asker import Asker
from workers.runner.insights import Insights
from workers.runner.schedulers import Asha


@dataclass(frozen=True)
class Inquiry:
    """A question on its way."""

    number: int  # of the first trial that it is about
    scored: int  # how many outcomes with a score it tells of
    version: int
    answer: "Future[list[Suggestion]]"

    @property
    def suggestions(self) -> list[Suggestion]:
        """None before the answer is there, nor where it is an error."""
        return [] if not self.answer.done() or self.answer.exception() else self.answer.result()

    @property
    def is_vain(self) -> bool:
        """Whether the answer is an error, or that there is nothing to suggest."""
        return self.answer.done() and not self.suggestions


@dataclass
class Owned:
    lease: Lease
    job: BaseJob
    scheduler: Asha | None
    renewed: float  # when the lease was, by this process's monotonic clock
    running: dict[UUID, tuple[Work, float]] = field(default_factory=dict)  # with when its step began
    question: Inquiry | None = None
    version: int = 0  # counts what ended; a question of an older version may have a newer answer
    compared: int = -1  # the version after which its leaders were compared
    compared_at: float = field(default_factory=time.monotonic)  # when that was, or when it was claimed
    standing: dict[str, Any] | None = None  # what that said
    stalled: bool = False  # nothing to start until something ends
    begun: int = 0  # trials since the strategy was asked
    doubtful: bool = False  # a write's answer was lost: rows may say that more runs than does
    has_waiting: bool = True  # there may be trials that wait to run again
    broken_asks: int = 0
    asked: list[Asked] = field(default_factory=list)  # by its strategy, and read; rows never change them
    outcomes: list[Outcome] = field(default_factory=list)  # likewise
    insights: Insights = field(default_factory=Insights)
    verdict: dict[str, Any] = field(default_factory=dict)  # of a search that ends as soon as its last insight is there

    def wants(self, room: int) -> int:
        """How many trials to start where there is so much room."""
        at_most = self.job.max_concurrent
        return 0 if self.stalled else min(room, at_most - len(self.running)) if at_most else room

    def ready(self) -> bool:
        """Whether there may be trials to start without asking."""
        return self.wants(1) > 0 and (self.has_waiting or bool(self.question and self.question.suggestions))

    def curious(self) -> bool:
        """Whether its strategy should be asked."""
        return self.question is None and not self.stalled

    @property
    def outdated(self) -> bool:
        """Whether something has ended since its leaders were compared."""
        return self.version != self.compared

    def began(self, work: Work) -> None:
        """A step of this trial begins now."""
        self.running[work.trial_id] = work, time.monotonic()

    def ended(self, work: Work) -> None:
        """The trial runs no more."""
        self.running.pop(work.trial_id, None)
        self.version += 1
        self.stalled = False

    @property
    def scored(self) -> int:
        """How many of the outcomes ended well; the others are trials that failed."""
        return sum(outcome.ended_well for outcome in self.outcomes)

    def ask(self, asker: Asker, number: int, count: int) -> Inquiry:
        """Ask for so many trials from `number` on; for none where the leaders are confirmed already."""
        count = count if number == len(self.asked) else 0
        question = Question(self.job.to_json(), tuple(self.asked), tuple(self.outcomes), count)
        self.begun = 0
        self.question = Inquiry(number, self.scored, self.version, asker.ask(question))
        return self.question

    def decided(self, stepped: Stepped) -> Stepped:
        """The step with what the scheduler says to it."""
        if self.scheduler is None or stepped.result is not None or stepped.work.phase != "retrain":
            return stepped
        score = stepped.metrics.get(self.job.objective.metric)
        if score is None:
            return stepped  # there is nothing to decide by
        decision = self.scheduler.decide(stepped.work.number, stepped.step, score)
        return replace(stepped, decision=decision)

    def problem(self, stepped: Stepped) -> str | None:
        """Why its result is none: it says what nothing declares, or lacks what ranks or is traded off.

        A super network is no candidate, and may lack a cost that candidates have.
        """
        needed = [] if stepped.work.phase == "search" else [objective.metric for objective in self.job.objectives]
        try:
            if stepped.result is not None:
                catalog.check(stepped.result["metrics"], needed)
        except UserError as error:
            return str(error)
        return None
