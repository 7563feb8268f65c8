"""Trials a second, and how long a runner takes to stop, while few or thousands of searches are open.

Trials end as soon as they start, so that what is measured is the runner. ``--full`` goes up to 5000 open searches;
``--write docs/performance.md`` puts the table into that document.
"""

import argparse
import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from searchsvc import kinds
from searchsvc.store import migrate
from searchsvc.store.control import leases, runners, searches
from searchsvc.store.db import Database
from tests.bench.bench_storage import new_database
from tests.bench.document import write_section
from tests.bench.storage_writers import SPEC, Inline, Instant
from workers.runner.loop import Runner

SLOTS = 2
JOB = kinds.read(SPEC)


@dataclass(frozen=True)
class Measured:
    trials: float  # a second
    cpu: float  # milliseconds of this process for each
    stop: float  # seconds from SIGTERM to the end of the process
    place: float  # milliseconds for one's place in the queue


def measure(url: str, count: int, seconds: float) -> Measured:
    database = Database(url)
    with database.write() as session:
        made = [searches.submit(session, JOB) for _ in range(count)]
    trials, cpu = _trials(database, seconds)
    with database.read() as session:
        began = time.perf_counter()
        leases.places(session, [searches.get(session, made[-1].id)])
        place = time.perf_counter() - began
    stop = _stop(url, database)
    database.close()
    return Measured(trials, cpu, stop, 1000 * place)


def _trials(database: Database, seconds: float) -> tuple[float, float]:
    executor = Instant(SLOTS)
    runner = Runner(database, executor, 30.0, "/nowhere", Inline())  # type: ignore[arg-type]
    while executor.recorded < 4 * SLOTS * len(runner.owned) or not executor.recorded:
        runner.turn()
    before, began, busy = executor.recorded, time.perf_counter(), time.process_time()
    while time.perf_counter() < began + seconds:
        runner.turn()
    spent, busy, recorded = time.perf_counter() - began, time.process_time() - busy, executor.recorded - before
    runner.close()
    return recorded / spent, 1000 * busy / recorded


def _stop(url: str, database: Database) -> float:
    """Of a process that trains."""
    folder = Path(database.url.database or "").parent
    own = {"SEARCHSVC_DATABASE_URL": url, "SEARCHSVC_DATA": str(folder), "SEARCHSVC_EXECUTOR": "process"}
    command = [sys.executable, "-P", "-m", "workers"]
    process = subprocess.Popen(command, env={**os.environ, **own}, stderr=subprocess.DEVNULL)
    try:
        while not _works(database):
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        began = time.perf_counter()
        process.wait(60)
        return time.perf_counter() - began
    finally:
        process.kill()
        process.wait()


def _works(database: Database) -> bool:
    with database.read() as session:
        lives = any(runner.lives for runner in runners.seen(session))
        return lives and any(search.state == "running" for search in searches.listing(session, state="running"))


def table(counts: list[int], seconds: float) -> str:
    rows = []
    for count in counts:
        with new_database("SQLite, DELETE", "") as url:
            migrate.upgrade(url)
            found = measure(url, count, seconds)
        rows.append(f"| {count} | {found.trials:.0f} | {found.cpu:.1f} | {found.stop:.1f} | {found.place:.1f} |")
    columns = "open searches", "trials/s", "ms CPU a trial", "SIGTERM to end, s", "place in the queue, ms"
    return "\n".join((f"| {' | '.join(columns)} |", f"|{' --: |' * len(columns)}", *rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--write", type=Path)
    chosen = parser.parse_args()
    logging.disable(logging.WARNING)
    found = table([3, 40, 600, 5000] if chosen.full else [3, 600], 20.0 if chosen.full else 3.0)
    print(found)
    if chosen.write:
        write_section(chosen.write, "open searches", found)


if __name__ == "__main__":
    main()
