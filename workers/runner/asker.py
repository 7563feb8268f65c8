"""Asking strategies in a process of its own, so that a surrogate's memory or crash never takes the runner along.

Insights have another such process, so that no trial waits for one.
"""

import json
from concurrent.futures import Future
from dataclasses import replace
from functools import lru_cache
from typing import Any, Protocol

from searchsvc import baselines, kinds
from searchsvc.store.control.runs import Question
from searchsvc.strategy import Asked, Outcome, Strategy, Suggestion
from workers.runner.one_by_one import OneByOne

NICE = 5  # of the process for insights: whatever else runs comes first
ANSWER_SECONDS, INSIGHT_SECONDS = 600.0, 120.0  # after which a process that does not answer is ended


def answer(question: Question) -> list[Suggestion]:
    """Trials of a search behind those asked for, as many of the `count` wanted as the outcomes allow."""
    from searchsvc.strategies.wasserstein import quantiles  # with torch, which the runner itself does without

    strategy, asked = _strategy(json.dumps(question.spec)), list(question.asked)
    suggestions: list[Suggestion] = []
    while len(suggestions) < question.count and (found := strategy.suggest(asked, question.outcomes)):
        asked.append(Asked.of(len(asked), found))
        if point := found.candidate.point:
            found = replace(found, quantiles=quantiles.at_nodes(point))
        suggestions.append(found)
    return suggestions


def explanation(spec: dict[str, Any], outcomes: tuple[Outcome, ...]) -> dict[str, Any] | None:
    """The insight (`searchsvc.strategies.wasserstein.insight`) of a search over named dimensions."""
    from searchsvc.strategies.wasserstein.insight import insight  # with libraries that the runner itself does without

    job: Any = kinds.read(spec)
    return insight(job, outcomes)


@lru_cache(maxsize=64)
def _strategy(spec: str) -> Strategy:
    """Kept, since what it prepares from its specification may take long; of what it is asked it keeps nothing."""
    return baselines.strategy(kinds.read(json.loads(spec)))


class Asker(Protocol):
    def ask(self, question: Question) -> "Future[list[Suggestion]]":
        """The answer, when it comes."""

    def explain(self, spec: dict[str, Any], outcomes: tuple[Outcome, ...]) -> "Future[dict[str, Any] | None]":
        """The insight of a search over named dimensions, when it comes."""

    def close(self) -> None: ...


class ProcessAsker:
    """Two processes, each started when it is first needed and made again when it breaks."""

    def __init__(self) -> None:
        self._pool, self._insights = OneByOne(ANSWER_SECONDS), OneByOne(INSIGHT_SECONDS, NICE)

    def ask(self, question: Question) -> "Future[list[Suggestion]]":
        return self._pool.submit(answer, question)

    def explain(self, spec: dict[str, Any], outcomes: tuple[Outcome, ...]) -> "Future[dict[str, Any] | None]":
        return self._insights.submit(explanation, spec, outcomes)

    def close(self) -> None:
        for pool in (self._pool, self._insights):
            pool.close()
