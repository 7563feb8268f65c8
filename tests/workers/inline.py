"""An executor that trains in this process, one step a poll: the runner's loop without Ray."""

import pickle
import random
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError

from searchsvc import artifacts
from searchsvc.db import Database
from searchsvc.jobs import BaseJob
from searchsvc.repo.runs import Question, Work
from searchsvc.strategy import Outcome, Suggestion
from searchsvc.trials import Trial, begin
from spaces import configuration
from workers.asker import answer, explanation
from workers.executor import Failed, Happening, Lost, Stepped


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


class InlineExecutor:
    def __init__(self, store: Path, slots: int = 2) -> None:
        self.store, self.slots = store, slots
        self.running: dict[UUID, tuple[Work, Trial]] = {}
        self.fail: set[int] = set()  # trial numbers whose next step raises
        self.lose: set[int] = set()  # trial numbers whose worker dies once
        self.stopped: list[int] = []
        self.steps: list[tuple[int, int]] = []
        self.dead = False
        self.search_of: dict[UUID, UUID] = {}

    def impossible(self, job: BaseJob) -> str | None:
        return None

    def room(self, job: BaseJob) -> int:
        return self.slots - len(self.running)

    def start(self, work: Work, job: BaseJob, search_id: UUID) -> None:
        config = configuration.read(work.configuration)
        trial = begin(config, work.seed, costs_every_epoch=job.costs_every_epoch)
        if work.checkpoint:
            trial.restore(pickle.loads(artifacts.read(str(self.store), work.checkpoint)))
        self.running[work.trial_id] = work, trial
        self.search_of[work.trial_id] = search_id

    def poll(self, timeout: float) -> list[Happening]:
        if not self.running:
            return []
        work, trial = self.running.pop(next(iter(self.running)))
        if work.number in self.fail:
            return [Failed(work, "Traceback ...\nValueError: on purpose")]
        if work.number in self.lose:
            self.lose.remove(work.number)
            return [Lost(work, "on purpose")]
        report = trial.step()
        self.steps.append((work.number, report.step))
        if report.result is None:
            self.running[work.trial_id] = work, trial
            kept = self.keep(work, "checkpoint", f"checkpoint-{report.step}.pt", pickle.dumps(trial.state()))
            return [Stepped(work, report.step, report.metrics, report.architecture, None, kept)]
        result = {**vars(report.result), "manifest": {}}
        kept = self.keep(work, "weights", "weights", b"weights")
        self.running[work.trial_id] = work, trial
        return [Stepped(work, report.step, report.metrics, report.architecture, result, kept)]

    def keep(self, work: Work, kind: str, name: str, data: bytes) -> dict[str, Any]:
        path = f"{self.search_of[work.trial_id]}/{work.trial_id}/{work.attempt}/{name}"
        return {"kind": kind, **artifacts.write(str(self.store), path, data)}

    def advance(self, work: Work) -> None:
        pass  # the next poll does

    def release(self, work: Work) -> None:
        del self.running[work.trial_id]

    def healthy(self) -> bool:
        return not self.dead

    def stop(self, work: Work) -> None:
        self.stopped.append(work.number)
        self.running.pop(work.trial_id, None)

    def close(self) -> None:
        self.running.clear()


def lose_answers(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on one transaction in three commits and then says that the connection broke."""
    write, generator = database.write, random.Random(0)

    @contextmanager
    def flaky() -> Iterator[Any]:
        with write() as session:
            yield session
        if generator.random() < 1 / 3:
            raise OperationalError("COMMIT", {}, Exception("connection lost"))

    monkeypatch.setattr(database, "write", flaky)
    monkeypatch.setattr("workers.runner.DATABASE_PAUSE", 0.0)
