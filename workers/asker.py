"""Asking strategies in a process of its own, so that a surrogate's memory or crash never takes the runner along."""

import json
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from dataclasses import replace
from functools import lru_cache
from multiprocessing import get_context
from typing import Protocol

from searchsvc import baselines, jobs, quantiles
from searchsvc.repo.runs import Question
from searchsvc.strategy import Strategy, Suggestion


def answer(question: Question) -> list[Suggestion]:
    """Trials of a search from `number` on, as many of the `count` asked for as these outcomes allow."""
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


@lru_cache(maxsize=16)
def _strategy(spec: str) -> Strategy:
    """Kept, since what it prepares from its specification may take long; of what it is asked it keeps nothing."""
    return baselines.strategy(jobs.read(json.loads(spec)))


class Asker(Protocol):
    def ask(self, question: Question) -> "Future[list[Suggestion]]":
        """The answer, when it comes."""

    def close(self) -> None: ...


class ProcessAsker:
    """One process, made again when it breaks."""

    def __init__(self) -> None:
        self._pool = self._new()

    def ask(self, question: Question) -> "Future[list[Suggestion]]":
        try:
            return self._pool.submit(answer, question)
        except BrokenExecutor:
            self._pool = self._new()
            return self._pool.submit(answer, question)

    def close(self) -> None:
        for process in list((self._pool._processes or {}).values()):
            process.kill()
        self._pool.shutdown(cancel_futures=True)

    def _new(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, mp_context=get_context("spawn"))
