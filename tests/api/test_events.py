"""Every listener sees 1..n once each, whenever it joins and whatever becomes of it, at the price of one poller."""

import asyncio
import random
import threading
import time
from collections.abc import AsyncGenerator, Coroutine, Iterator
from contextlib import aclosing, contextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest
from httpx_sse import EventSource
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError

import api.events
from api.events import Events
from searchsvc import kinds
from searchsvc.store.control import searches
from searchsvc.store.control.events import emit
from searchsvc.store.db import Database
from tests.specs import TINY


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.events, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(api.events, "RETRY_SECONDS", 0.02)
    monkeypatch.setattr(api.events, "PAGE", 7)
    monkeypatch.setattr(api.events, "MAX_LAG", 50)


@pytest.fixture
def search(database: Database) -> UUID:
    """A search with one event, its submission."""
    with database.write() as session:
        return searches.submit(session, kinds.read(TINY)).id


def tell(database: Database, search_id: UUID, count: int = 1, state: str = "running") -> None:
    with database.write() as session:
        found = searches.get(session, search_id, lock=True)
        found.state = state
        for _ in range(count):
            emit(session, found, "told", text="a\nb\r\n\u2028c")


def numbers(stream: bytes) -> list[int]:
    """Event ids, by the decoder that the Python client uses."""
    answer = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=stream)
    return [int(message.id) for message in EventSource(answer).iter_sse() if message.data]


async def read(stream: AsyncGenerator[bytes]) -> list[int]:
    """What a stream sends to its end."""
    return numbers(b"".join([part async for part in stream]))


async def read_up_to(stream: AsyncGenerator[bytes], last: int) -> list[int]:
    """What a stream sends up to event `last`; it stays open."""
    got: list[int] = []
    while got[-1:] != [last]:
        got += numbers(await anext(stream))
    return got


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result, once everything that it began has ended by itself."""

    async def bounded() -> Any:
        others = asyncio.all_tasks()
        async with asyncio.timeout(60):
            result = await coroutine
            while asyncio.all_tasks() > others:
                await asyncio.sleep(0.01)
            return result

    return asyncio.run(bounded())


@contextmanager
def statements() -> Iterator[list[str]]:
    """All SQL of this process meanwhile."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


async def joined(events: Events, search_id: UUID, count: int) -> list[AsyncGenerator[bytes]]:
    """Streams that have seen the submission and wait for more."""
    streams = [events.follow(search_id, 0) for _ in range(count)]
    for stream in streams:
        assert numbers(await anext(stream)) == [1]
    return streams


@pytest.mark.parametrize("seed", range(3))
def test_listeners_that_join_at_any_moment_see_each_event_once_in_order(
    database: Database, search: UUID, seed: int
) -> None:
    draw = random.Random(seed)

    def write() -> None:
        for _ in range(40):
            tell(database, search, draw.randint(1, 12))
            time.sleep(draw.random() * 0.03)
        tell(database, search, state="succeeded")

    async def listen(events: Events, wait: float, seen: int) -> list[int]:
        await asyncio.sleep(wait)
        return await read(events.follow(search, seen))

    async def all_of_them() -> list[tuple[int, list[int]]]:
        events = Events(database)
        plans = [(draw.random() * 1.5, draw.choice([0, 0, 1, 5, 60])) for _ in range(40)]
        writer = threading.Thread(target=write)
        writer.start()
        found = await asyncio.gather(*(listen(events, *plan) for plan in plans))
        writer.join()
        return [(seen, ids) for (_, seen), ids in zip(plans, found, strict=True)]

    found = run(all_of_them())
    with database.read() as session:
        stored = list(session.scalars(text("SELECT number FROM event ORDER BY number")))
    assert stored == list(range(1, len(stored) + 1))
    for seen, ids in found:
        assert ids == stored[seen:]


def test_the_number_of_queries_does_not_grow_with_the_listeners(database: Database, search: UUID) -> None:
    async def queries(listeners: int) -> int:
        events = Events(database)
        streams = await joined(events, search, listeners)
        waiting = [asyncio.create_task(anext(stream)) for stream in streams]
        await asyncio.sleep(0.2)
        with statements() as seen:
            await asyncio.sleep(1)
        events.close()
        await asyncio.gather(*waiting, return_exceptions=True)
        return len(seen)

    one, fifty = run(queries(1)), run(queries(50))
    assert 0 < fifty < 3 * one  # a poller each would make it 50 times


def test_one_reading_is_for_all_listeners(database: Database, search: UUID) -> None:
    async def listen() -> list[str]:
        streams = await joined(Events(database), search, 50)
        waiting = [asyncio.create_task(read_up_to(stream, 4)) for stream in streams]
        await asyncio.sleep(0.2)
        with statements() as seen:
            await asyncio.to_thread(tell, database, search, 3)
            assert await asyncio.gather(*waiting) == [[2, 3, 4]] * 50
        await asyncio.gather(*(stream.aclose() for stream in streams))
        return [statement for statement in seen if statement.startswith("SELECT event.")]

    assert len(run(listen())) == 1


def test_a_slow_client_is_dropped_and_comes_back_for_the_rest(database: Database, search: UUID) -> None:
    async def listen() -> tuple[list[int], list[int], list[int]]:
        events = Events(database)
        slow, *others = await joined(events, search, 3)
        waiting = [asyncio.create_task(read(stream)) for stream in others]
        first = await asyncio.gather(asyncio.create_task(anext(slow)), asyncio.to_thread(tell, database, search))
        await asyncio.to_thread(tell, database, search, 200)
        tell(database, search, state="succeeded")
        quick = await asyncio.gather(*waiting)
        assert quick == [list(range(2, 204))] * 2
        got = numbers(first[0]) + await read(slow)
        return got, await read(events.follow(search, got[-1])), quick[0]

    got, rest, all_of_it = run(listen())
    assert 0 < len(got) < 100 and rest  # it was not kept for ever
    assert got + rest == all_of_it


def test_a_client_that_lags_a_little_stays(database: Database, search: UUID) -> None:
    async def listen() -> None:
        lagging, quick = await joined(Events(database), search, 2)
        for last in (41, 81):
            other = asyncio.create_task(read_up_to(quick, last))
            mine = asyncio.create_task(anext(lagging))  # the first of them, and nothing more for a while
            await asyncio.to_thread(tell, database, search)
            got = numbers(await mine)
            await asyncio.to_thread(tell, database, search, 39)
            await other
            assert got + await read_up_to(lagging, last) == list(range(last - 39, last + 1))
        await asyncio.gather(lagging.aclose(), quick.aclose())

    run(listen())


def test_what_was_told_between_catching_up_and_joining_is_not_missed(database: Database, search: UUID) -> None:
    async def listen() -> None:
        events = Events(database)
        early, late = events.follow(search, 0), events.follow(search, 0)
        await anext(early)
        waiting = asyncio.create_task(read_up_to(early, 4))
        assert numbers(await anext(late)) == [1]
        await asyncio.to_thread(tell, database, search, 3)
        await waiting
        assert await read_up_to(late, 4) == [2, 3, 4]
        await asyncio.gather(early.aclose(), late.aclose())

    run(listen())


def test_the_poller_ends_with_its_last_listener(database: Database, search: UUID) -> None:
    async def listen() -> list[str]:
        events = Events(database)
        streams = await joined(events, search, 3)
        waiting = [asyncio.create_task(anext(stream)) for stream in streams]
        await asyncio.sleep(0.1)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        while len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0.01)
        with statements() as seen:
            await asyncio.sleep(0.2)
        (again,) = await joined(events, search, 1)
        await again.aclose()
        return seen

    assert run(listen()) == []


def test_silence_is_broken_by_pings(database: Database, search: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.events, "PING_SECONDS", 0.05)

    async def listen() -> list[bytes]:
        (stream,) = await joined(Events(database), search, 1)
        async with aclosing(stream):
            return [await anext(stream) for _ in range(3)]

    parts = run(listen())
    assert all(part.startswith(b":") for part in parts) and numbers(b"".join(parts)) == []


def test_a_stream_outlives_an_outage_of_the_database(database: Database, search: UUID) -> None:
    failures = 0

    def fail(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        nonlocal failures
        if threading.current_thread() is not threading.main_thread() and "search" in statement:
            failures += 1
            raise OperationalError(statement, None, Exception("server closed the connection"))

    async def listen() -> list[int]:
        events = Events(database)
        (early,) = await joined(events, search, 1)
        waiting = [asyncio.create_task(read(early))]
        await asyncio.sleep(0.1)
        event.listen(Engine, "before_cursor_execute", fail)
        waiting.append(asyncio.create_task(read(events.follow(search, 1))))
        while failures < 5:
            await asyncio.sleep(0.01)
        event.remove(Engine, "before_cursor_execute", fail)
        tell(database, search, 20, state="succeeded")
        return await asyncio.gather(*waiting)

    assert run(listen()) == [list(range(2, 22))] * 2


def test_a_database_that_keeps_one_waiting_does_not_stop_the_others(
    database: Database, search: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.events, "PING_SECONDS", 0.05)
    reading, go_on = threading.Event(), threading.Event()

    def wait(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        reading.set()
        assert go_on.wait(30)

    async def listen() -> None:
        (stream,) = await joined(Events(database), search, 1)
        async with aclosing(stream):
            await anext(stream)
            event.listen(Engine, "before_cursor_execute", wait)
            while not reading.is_set():
                await asyncio.sleep(0.01)
            assert [await anext(stream) for _ in range(3)] == [b": ping\n\n"] * 3
            event.remove(Engine, "before_cursor_execute", wait)
            go_on.set()

    run(listen())


def test_a_number_from_the_future_waits_without_harm_to_others(database: Database, search: UUID) -> None:
    async def listen() -> list[list[int]]:
        events = Events(database)
        ahead = asyncio.create_task(read(events.follow(search, 5)))
        await asyncio.sleep(0.1)
        other = asyncio.create_task(read(events.follow(search, 0)))
        with statements() as seen:
            await asyncio.sleep(0.3)
        assert len(seen) < 100  # it waits, and does not ask all the time
        for state in ("running", "running", "succeeded"):
            await asyncio.to_thread(tell, database, search, 3, state)
        return await asyncio.gather(ahead, other)

    assert run(listen()) == [list(range(6, 11)), list(range(1, 11))]


def test_a_stream_ends_when_its_search_is_deleted(database: Database, search: UUID) -> None:
    async def listen() -> None:
        (stream,) = await joined(Events(database), search, 1)
        waiting = asyncio.create_task(read(stream))
        await asyncio.sleep(0.1)
        with database.write() as session:
            session.execute(text("DELETE FROM search"))
        assert await waiting == []

    run(listen())


def test_closing_ends_every_stream_that_is_open_or_begins_later(database: Database, search: UUID) -> None:
    async def listen() -> None:
        events = Events(database)
        waiting = [asyncio.create_task(read(stream)) for stream in await joined(events, search, 5)]
        beginning = asyncio.create_task(read(events.follow(search, 0)))
        await asyncio.sleep(0)
        events.close()
        assert await asyncio.gather(*waiting) == [[]] * 5
        assert await beginning == await read(events.follow(search, 0)) == [1]

    run(listen())
