"""Trials and strategies in this process, one step a poll: the runner's loop without Ray."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from searchsvc.kinds import BaseJob
from searchsvc.store.control.runs import Question, Work
from searchsvc.store.db import Database, Unavailable
from searchsvc.strategy import Outcome, Suggestion
from searchsvc.training import trials
from searchsvc.training.trials import Trial
from workers.executors.pool import Busy
from workers.executors.protocol import Happening, Lost, Stepped
from workers.executors.scripted import ScriptedExecutor
from workers.runner.asker import answer, explanation
from workers.runner.loop import Runner

Make = Callable[..., Runner]  # of an executor


class InlineAsker:
    """Answers at once, in this process."""

    def ask(self, question: Question) -> "Future[list[Suggestion]]":
        future: Future[list[Suggestion]] = Future()
        try:
            future.set_result(answer(question))
        except Exception as error:
            future.set_exception(error)
        return future

    def explain(self, spec: dict[str, Any], outcomes: tuple[Outcome, ...]) -> "Future[dict[str, Any] | None]":
        future: Future[dict[str, Any] | None] = Future()
        try:
            future.set_result(explanation(spec, outcomes))
        except Exception as error:
            future.set_exception(error)
        return future

    def close(self) -> None:
        pass


class InlineExecutor(ScriptedExecutor):
    """Trials as `trials.begin` makes them, which the fixture `scripted` replaces; and what befalls them on purpose."""

    def __init__(self, store: Path, slots: int = 2) -> None:
        super().__init__(str(store), slots)
        self.fail: set[int] = set()  # trial numbers whose next step raises
        self.diverge: set[int] = set()  # trial numbers whose loss is no longer finite
        self.lose: set[int] = set()  # trial numbers whose worker dies once
        self.stopped: list[int] = []
        self.steps: list[tuple[int, int]] = []
        self.dead = False
        self.search_of: dict[UUID, UUID] = {}

    def trial(self) -> Callable[..., Trial]:
        return trials.begin

    def start(self, work: Work, job: BaseJob, search_id: UUID) -> None:
        super().start(work, job, search_id)
        self.search_of[work.trial_id] = search_id

    def came_to(self, busy: Busy) -> Happening:
        work = busy.work
        if work.number in self.fail:
            return self.happened(work, "failed", "Traceback ...\nValueError: on purpose")
        if work.number in self.lose:
            self.lose.remove(work.number)
            super().stop(work)
            return Lost(work, "on purpose")
        if work.number in self.diverge:
            return self.happened(work, "diverged", "training diverged on purpose")
        happening = super().came_to(busy)
        if isinstance(happening, Stepped):
            self.steps.append((work.number, happening.step))
        return happening

    def healthy(self) -> bool:
        return not self.dead

    def stop(self, work: Work) -> None:
        self.stopped.append(work.number)
        super().stop(work)


def lose_answers(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on one transaction in three commits and then says that the connection broke."""
    write, generator = database.write, random.Random(0)

    @contextmanager
    def flaky() -> Iterator[Any]:
        with write() as session:
            yield session
        if generator.random() < 1 / 3:
            raise Unavailable("connection lost")

    monkeypatch.setattr(database, "write", flaky)
    monkeypatch.setattr("workers.runner.held.DATABASE_PAUSE", 0.0)
