"""Searches that a test submits and has a runner carry on, turn by turn."""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from searchsvc import kinds
from searchsvc.store.control import searches
from searchsvc.store.control.events import FINAL_STATES
from searchsvc.store.db import Database
from searchsvc.store.tables import Search
from tests.specs import TINY
from workers.runner.loop import Runner

PATIENCE_SECONDS = 300.0


def submit(database: Database, spec: dict[str, Any] = TINY, **changes: Any) -> UUID:
    with database.write() as session:
        return searches.submit(session, kinds.read({**spec, **changes})).id


def get(database: Database, search_id: UUID) -> Search:
    with database.read() as session:
        return searches.get(session, search_id)


def turn(runner: Runner, until: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        runner.turn()
        if until():
            return
        assert time.monotonic() < deadline, "the runner got nowhere"


def run(runner: Runner, database: Database, *searches: UUID, to: tuple[str, ...] = ("succeeded",)) -> Search:
    """Until all are in one of these states; none may end in another. The last one."""

    def there() -> bool:
        states = [get(database, search_id).state for search_id in searches]
        return all(state in to for state in states)

    turn(runner, there)
    return get(database, searches[-1])


def ended(database: Database, search_id: UUID) -> bool:
    return get(database, search_id).state in FINAL_STATES
