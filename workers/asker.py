"""Asking strategies in a process of its own, so that a surrogate's memory or crash never takes the runner along."""

from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Protocol

from searchsvc import jobs, strategies
from searchsvc.repo.runs import Question
from searchsvc.strategy import Suggestion


def answer(question: Question) -> Suggestion | None:
    """Trial `number` of a search, from these outcomes."""
    job = jobs.read(question.spec)
    strategy = strategies.catalog.load(job.strategy_name).Strategy(job)
    suggestion: Suggestion | None = strategy.suggest(question.number, question.outcomes)
    return suggestion


class Asker(Protocol):
    def ask(self, question: Question) -> "Future[Suggestion | None]":
        """The answer, when it comes."""

    def close(self) -> None: ...


class ProcessAsker:
    """One process, made again when it breaks."""

    def __init__(self) -> None:
        self._pool = self._new()

    def ask(self, question: Question) -> "Future[Suggestion | None]":
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
