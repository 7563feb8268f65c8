"""Runners that a test drives turn by turn, all in this process: trials and asking happen when it says so."""

from pathlib import Path
from typing import Any
from uuid import UUID

from searchsvc.store.db import Database
from tests.workers import driving
from tests.workers.driving import turn
from tests.workers.inline import InlineAsker, InlineExecutor
from workers.runner.loop import Runner

__all__ = ["ended", "runner", "turn"]


def runner(url: str, store: Path, lease_seconds: float) -> Any:
    return Runner(Database(url), InlineExecutor(store), lease_seconds, str(store), InlineAsker())


def ended(runner: Any, search_id: UUID) -> bool:
    return driving.ended(runner.database, search_id)
