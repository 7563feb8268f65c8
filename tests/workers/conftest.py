"""The runner's loop on a new database of each kind; nothing trains but where a test asks for `training`."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from searchsvc.store.db import Database
from tests.workers.inline import InlineAsker, InlineExecutor
from workers.runner.loop import Runner


@pytest.fixture(scope="module", autouse=True)
def nothing_trains(scripted: None) -> None:
    pass


@pytest.fixture
def executor(tmp_path: Path) -> InlineExecutor:
    return InlineExecutor(tmp_path / "store")


@pytest.fixture
def make(database: Database) -> Iterator[Callable[..., Runner]]:
    """Runners on the database, each with its executor; closed at the end."""
    runners: list[Runner] = []

    def make(executor: InlineExecutor, asker: Any = None, lease_seconds: float = 30.0) -> Runner:
        runners.append(Runner(database, executor, lease_seconds, executor.store, asker or InlineAsker()))
        return runners[-1]

    yield make
    for runner in runners:
        runner.close()
