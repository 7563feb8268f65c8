"""When a search's insight (`wasserstein.insight`) is computed: again after a tenth more outcomes, and before its end.

It is asked in a process of its own. Nothing waits for it but a search's end, and that not for long.
"""

import logging
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from searchsvc.kinds import BaseJob
from searchsvc.strategy import Outcome
from workers.runner.asker import Asker

LEAST_OUTCOMES = 5  # with fewer it has none
END_SECONDS = 15.0  # that a search's end waits for its last one, at most

log = logging.getLogger("searchsvc.runner")

Insight = dict[str, Any]


@dataclass
class Insights:
    """Of one search: how many outcomes the last question told, the answer on its way, when the search wanted to end."""

    told: int = 0
    answer: "Future[Insight | None] | None" = None
    ending: float | None = None

    def due(self, job: BaseJob, outcomes: int) -> bool:
        """Whether to ask now: after a tenth more outcomes, before the end after any."""
        if self.answer or outcomes < LEAST_OUTCOMES or not job.dimensions:
            return False
        return outcomes - self.told >= (1 if self.ending else max(1, self.told // 10))

    def ask(self, asker: Asker, job: BaseJob, outcomes: list[Outcome]) -> "Future[Insight | None]":
        self.told = len(outcomes)
        self.answer = asker.explain(job.to_json(), tuple(outcomes))
        return self.answer

    def take(self, search_id: UUID) -> Insight | None:
        """The answer if it is there; one that failed is logged, and the next one may do better."""
        if self.answer is None or not self.answer.done():
            return None
        answer, self.answer = self.answer, None
        if error := answer.exception():
            log.warning("search %s: no insight: %s: %s", search_id, type(error).__name__, error)
            return None
        return answer.result()

    def holds_up(self) -> bool:
        """Whether the search's end should wait for an answer."""
        return self.answer is not None and time.monotonic() - (self.ending or 0.0) < END_SECONDS
