"""Asking strategies in a process of its own, so that a surrogate's memory or crash never takes the runner along.

Insights have another such process, so that no trial waits for one.
"""

import json
import os
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from dataclasses import replace
from functools import lru_cache
from multiprocessing import get_context
from typing import Any, Protocol

from searchsvc import baselines, jobs
from searchsvc.repo.runs import Question
from searchsvc.strategy import Outcome, Strategy, Suggestion

NICE = 5  # of the process for insights: whatever else runs comes first


def answer(question: Question) -> list[Suggestion]:
    """Trials of a search from `number` on, as many of the `count` asked for as these outcomes allow."""
    from searchsvc import quantiles  # with torch, which the runner itself does without

    strategy, pending = _strategy(json.dumps(question.spec)), dict(question.pending)
    suggestions: list[Suggestion] = []
    for number in range(question.number, question.number + question.count):
        suggestion = strategy.suggest(number, question.outcomes, pending)
        if suggestion is None:
            break
        if point := suggestion.candidate.point:
            pending[number] = point
            suggestion = replace(suggestion, quantiles=quantiles.at_nodes(point))
        suggestions.append(suggestion)
    return suggestions


def explanation(spec: dict[str, Any], outcomes: tuple[Outcome, ...]) -> dict[str, Any] | None:
    """The insight (`searchsvc.insight`) of a search over named dimensions."""
    from searchsvc.insight import insight  # with libraries that the runner itself does without

    job: Any = jobs.read(spec)
    return insight(job, outcomes)


@lru_cache(maxsize=16)
def _strategy(spec: str) -> Strategy:
    """Kept, since what it prepares from its specification may take long; of what it is asked it keeps nothing."""
    return baselines.strategy(jobs.read(json.loads(spec)))


class Asker(Protocol):
    def ask(self, question: Question) -> "Future[list[Suggestion]]":
        """The answer, when it comes."""

    def explain(self, spec: dict[str, Any], outcomes: tuple[Outcome, ...]) -> "Future[dict[str, Any] | None]":
        """The insight of a search over named dimensions, when it comes."""

    def close(self) -> None: ...


class ProcessAsker:
    """Two processes, each started when it is first needed and made again when it breaks."""

    def __init__(self) -> None:
        self._pool, self._insights = _process(), _process(NICE)

    def ask(self, question: Question) -> "Future[list[Suggestion]]":
        try:
            return self._pool.submit(answer, question)
        except BrokenExecutor:
            self._pool = _process()
            return self._pool.submit(answer, question)

    def explain(self, spec: dict[str, Any], outcomes: tuple[Outcome, ...]) -> "Future[dict[str, Any] | None]":
        try:
            return self._insights.submit(explanation, spec, outcomes)
        except BrokenExecutor:
            self._insights = _process(NICE)
            return self._insights.submit(explanation, spec, outcomes)

    def close(self) -> None:
        for pool in (self._pool, self._insights):
            for process in list((pool._processes or {}).values()):
                process.kill()
            pool.shutdown(cancel_futures=True)


def _process(nice: int = 0) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=os.nice, initargs=(nice,))
