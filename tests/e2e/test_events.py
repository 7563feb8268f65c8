"""Event streams of a real service: they end with it, and nobody misses anything while its processes are killed."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import httpx_sse
import pytest
from sqlalchemy import text

from searchsvc import Client
from searchsvc.client.client import FINAL_STATES
from searchsvc.store.db import Database
from tests.e2e.conftest import SCRIPTED
from tests.e2e.service import Service
from tests.faults.databases import PostgreSQL
from tests.specs import TINY

LISTENERS = 50
LONG = {**TINY, "training": {"epochs": 400}}
KILLS = ("api", "workers", "api", "database", "workers")


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Iterator[PostgreSQL | None]:
    """A PostgreSQL that can crash; None: SQLite."""
    if request.param == "sqlite":
        yield None
        return
    server = PostgreSQL()
    yield server
    server.close()


def test_stopping_ends_50_open_streams(tmp_path: Path) -> None:
    async def listen(service: Service, search_id: str) -> None:
        async with httpx.AsyncClient(base_url=service.url, limits=httpx.Limits(max_connections=None)) as http:
            first = [asyncio.Event() for _ in range(LISTENERS)]
            streams = [asyncio.create_task(_once(http, search_id, event)) for event in first]
            for event in first:
                await event.wait()
            assert await asyncio.to_thread(service.stop) == []
            await asyncio.gather(*streams)  # each ended as it should, none was cut off

    with Service(tmp_path, **SCRIPTED) as service:
        search_id = Client(service.url).submit(LONG).id
        asyncio.run(listen(service, search_id))
    assert "Cancel" not in service.log.read_text()


@pytest.mark.long
def test_fifty_clients_see_every_event_once_in_order_while_all_is_killed(
    server: PostgreSQL | None, tmp_path: Path
) -> None:
    seen: list[list[int]] = [[] for _ in range(LISTENERS)]

    async def listen(service: Service, search_id: str) -> None:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=service.url, limits=limits) as http:
            streams = [asyncio.create_task(_follow(http, search_id, ids)) for ids in seen]
            for victim in KILLS:
                enough = len(seen[0]) + 20
                while len(seen[0]) < enough:
                    await asyncio.sleep(0.1)
                if victim == "database":
                    await asyncio.to_thread(server.crash if server else lambda: None)
                else:
                    service.child(victim).kill()
            await _cancel(http, search_id)
            await asyncio.gather(*streams)

    with Service(tmp_path, server.url if server else "", SEARCHSVC_EXECUTOR="process") as service:
        asyncio.run(listen(service, Client(service.url).submit(LONG).id))
    database = Database(server.url if server else f"sqlite:///{tmp_path}/searchsvc.db")
    with database.read() as session:
        count = session.scalars(text("SELECT count(*) FROM event")).one()
    database.close()
    assert seen == [list(range(1, count + 1))] * LISTENERS


async def _once(http: httpx.AsyncClient, search_id: str, first: asyncio.Event) -> None:
    async with httpx_sse.aconnect_sse(http, "GET", f"/v1/searches/{search_id}/events", timeout=60) as source:
        async for _ in source.aiter_sse():
            first.set()


async def _follow(http: httpx.AsyncClient, search_id: str, seen: list[int]) -> None:
    """Event numbers to the end of the search, over as many connections as it takes."""
    kind = ""
    while kind not in FINAL_STATES:
        headers = {"Last-Event-ID": str(seen[-1] if seen else 0)}
        with suppress(httpx.TransportError, httpx_sse.SSEError):  # no service, or one without its database
            path = f"/v1/searches/{search_id}/events"
            async with httpx_sse.aconnect_sse(http, "GET", path, headers=headers, timeout=60) as source:
                async for message in source.aiter_sse():
                    if message.data:
                        seen.append(int(message.id))
                        kind = message.event
        await asyncio.sleep(0.1)


async def _cancel(http: httpx.AsyncClient, search_id: str) -> None:
    while True:
        with suppress(httpx.TransportError):
            if (await http.post(f"/v1/searches/{search_id}/cancel")).is_success:
                return
        await asyncio.sleep(0.1)
