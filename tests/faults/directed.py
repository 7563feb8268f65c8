"""Races in slow motion: each scenario drives runners by hand through one interleaving that must do no harm.

``python -m tests.faults.directed GOLDEN SCENARIO...`` prints the checker's violations; status 0 means none. `mutants`
runs these against copies of the service with one protection removed.
"""

import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import torch

import workers.runner.held
from searchsvc import kinds
from searchsvc.store import migrate
from searchsvc.store.control import events, leases, results, runs, searches
from searchsvc.store.db import Database, Unavailable
from tests.faults import specs
from tests.faults.by_hand import ended, runner, turn
from tests.faults.checker import Golden, check

LEASE_SECONDS = 0.5


def frozen_until_the_end(url: str) -> None:
    """A runner stops beyond its lease, another finishes the search, then the first goes on."""
    search_id, first, second = _two_runners(url)
    turn(first, lambda: first.executor.busy)
    time.sleep(LEASE_SECONDS * 1.5)
    turn(second, lambda: ended(second, search_id))
    for _ in range(10):
        first.turn()


def frozen_midway(url: str) -> None:
    """A runner goes on while another already runs its trials again: only the new attempt counts."""
    search_id, first, second = _two_runners(url)
    turn(first, lambda: first.executor.busy)
    lease = first.owned[search_id].lease
    time.sleep(LEASE_SECONDS * 1.5)
    turn(second, lambda: second.executor.busy)
    with suppress(leases.Fenced), first.database.write() as session:
        runs.end(session, lease, "succeeded")  # as if it had been about to
    for _ in range(3):
        first.turn()
    turn(second, lambda: ended(second, search_id))
    first.turn()


def many_writers(url: str) -> None:
    """Processes that read and then write the same search wait for each other."""
    search_id, first, _ = _two_runners(url)
    failed: list[BaseException] = []

    def write() -> None:
        database = Database(url)
        try:
            for _ in range(25):
                _note(database, search_id)
        except Exception as error:
            failed.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    turn(first, lambda: ended(first, search_id))


def users_between(url: str) -> None:
    """Something else writes events of the search between any two writes of its runner."""
    search_id, first, second = _two_runners(url)

    def over() -> bool:
        _note(second.database, search_id)
        return ended(second, search_id)

    turn(first, over)


def recorded_twice(url: str) -> None:
    """A result arrives again, then as a failure: its runner did not hear that it had been recorded."""
    search_id, first, _ = _two_runners(url)
    record, last = results.record, []

    def seen(session: Any, lease: Any, steps: Any) -> Any:
        last.extend(stepped for stepped in steps if stepped.result is not None)
        return record(session, lease, steps)

    results.record = seen
    try:
        turn(first, lambda: bool(last))
    finally:
        results.record = record
    lease = first.owned[search_id].lease
    with first.database.write() as session:
        runs.fail(session, lease, last[0].work, "late")
    with first.database.write() as session:
        record(session, lease, last)
    turn(first, lambda: ended(first, search_id))


def answers_lost(url: str) -> None:
    """Every commit takes place, but a third of the answers is lost, so that the runner writes those again."""
    search_id, first, _ = _two_runners(url)
    write, draw, pause = Database.write, random.Random(0), workers.runner.held.DATABASE_PAUSE

    @contextmanager
    def deaf(self: Database) -> Iterator[Any]:
        with write(self) as session:
            yield session
        if draw.random() < 1 / 3:
            raise Unavailable("its answer was lost")

    Database.write, workers.runner.held.DATABASE_PAUSE = deaf, 0.01  # type: ignore[method-assign]
    try:
        turn(first, lambda: ended(first, search_id))
        first.turn()
    finally:
        Database.write, workers.runner.held.DATABASE_PAUSE = write, pause  # type: ignore[method-assign]


SCENARIOS: dict[str, Callable[[str], None]] = {
    scenario.__name__: scenario
    for scenario in (frozen_until_the_end, frozen_midway, many_writers, users_between, recorded_twice, answers_lost)
}


def _two_runners(url: str) -> tuple[UUID, Any, Any]:
    """A submitted search of four trials, and two runners as of two machines."""
    migrate.upgrade(url)
    store = Path(url.partition(":///")[2]).parent
    first, second = (runner(url, store, LEASE_SECONDS) for _ in range(2))
    with first.database.write() as session:
        search_id = searches.submit(session, kinds.read(specs.SPECS[1])).id
    return search_id, first, second


def _note(database: Database, search_id: UUID) -> None:
    with database.write() as session:
        events.emit(session, searches.get(session, search_id, lock=True), "note")


def play(name: str, golden: Golden) -> list[str]:
    """One scenario on a database of its own; the violations it ended with."""
    with TemporaryDirectory(prefix="searchsvc-directed-") as folder:
        url = f"sqlite:///{folder}/db"
        SCENARIOS[name](url)
        return check(url, golden=golden)


def main(golden: str, *names: str) -> int:
    torch.set_num_threads(1)
    violations = [f"{name}: {line}" for name in names for line in play(name, specs.load(Path(golden)))]
    print("\n".join(violations))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
