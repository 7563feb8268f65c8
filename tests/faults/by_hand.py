"""Runners that a test drives turn by turn, all in this process: training and asking happen when it says so."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from uuid import UUID

from searchsvc.db import Database
from searchsvc.repo import events, searches
from tests.workers.inline import InlineExecutor
from workers.asker import answer
from workers.runner import Runner

PATIENCE_SECONDS = 60.0


class InlineAsker:
    def ask(self, question: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        future.set_result(answer(question))
        return future

    def close(self) -> None: ...


def runner(url: str, store: Path, lease_seconds: float) -> Any:
    made = Runner(Database(url), InlineExecutor(store), lease_seconds, str(store))
    made.asker.close()
    made.asker = InlineAsker()
    return made


def turn(runner: Any, until: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        runner.turn()
        if until():
            return
        time.sleep(0.001)
    raise AssertionError("the runner got nowhere")


def ended(runner: Any, search_id: UUID) -> bool:
    with runner.database.read() as session:
        return searches.get(session, search_id).state in events.FINAL_STATES
