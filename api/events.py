"""Live events: one poller for each search that somebody listens to, however many listen.

A listener reads what it has not seen from the database, and joins its search's tail at a moment when it has seen all
that the tail has published: no gap. What it sees a second time it skips: no duplicate.
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import NamedTuple
from uuid import UUID

from fastapi.concurrency import run_in_threadpool
from fastapi.sse import format_sse_event

from searchsvc.store.control import events
from searchsvc.store.db import Database, Unavailable
from searchsvc.store.tables import Event

POLL_SECONDS = 0.25
RETRY_SECONDS = 1.0  # while the database does not answer
PING_SECONDS = 15.0  # of silence, after which a comment keeps the connection open
PAGE = 500  # events of one query
MAX_LAG = 2 * PAGE  # events that wait for a client; one more, and it is dropped

log = logging.getLogger("searchsvc.api")


class _Event(NamedTuple):
    number: int
    text: bytes  # as it is sent


class _Page(NamedTuple):
    events: list[_Event]
    last: int  # event of the search so far
    ended: bool

    def over(self, seen: int) -> bool:
        """Nothing will come after `seen`."""
        return self.ended and seen >= self.last


Queue = asyncio.Queue[_Event | None]  # None: the end


class _Tail:
    """What happens to a search after event `position`, for all its listeners."""

    poller: asyncio.Task[None]  # the event loop itself would let go of it

    def __init__(self, position: int) -> None:
        self.position = position
        self.listeners: set[Queue] = set()

    def join(self) -> Queue:
        queue = Queue()
        self.listeners.add(queue)
        return queue

    def publish(self, event: _Event) -> None:
        self.position = event.number
        for queue in list(self.listeners):
            queue.put_nowait(event)
            if queue.qsize() > MAX_LAG:
                self._drop(queue)  # its client comes back for the rest with `Last-Event-ID`

    def end(self) -> None:
        for queue in list(self.listeners):
            self._drop(queue)

    def _drop(self, queue: Queue) -> None:
        self.listeners.remove(queue)
        queue.put_nowait(None)


class Events:
    """The tails of this process; all but the reading happens on the event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tails: dict[UUID, _Tail] = {}
        self._closed = False

    async def follow(self, search_id: UUID, seen: int) -> AsyncGenerator[bytes]:
        """What happens to a search after event `seen`, to the end of the search or of this process."""
        while True:
            page = await self._read(search_id, seen)
            if page.events:
                seen = page.events[-1].number
                yield b"".join(event.text for event in page.events)
            if page.over(seen) or self._closed:
                return
            if seen < page.last:
                continue
            tail = self._tails.get(search_id) or self._start(search_id, page.last)
            if seen >= tail.position:
                async with aclosing(_live(tail, seen)) as live:
                    async for text in live:
                        yield text
                return

    def close(self) -> None:
        """End all streams, or they would hold up the server's shutdown."""
        self._closed = True
        for tail in self._tails.values():
            tail.end()

    def _start(self, search_id: UUID, position: int) -> _Tail:
        tail = self._tails[search_id] = _Tail(position)
        tail.poller = asyncio.create_task(self._poll(search_id, tail))
        return tail

    async def _poll(self, search_id: UUID, tail: _Tail) -> None:
        try:
            while tail.listeners:
                page = await self._read(search_id, tail.position)
                for event in page.events:
                    tail.publish(event)
                if page.over(tail.position):
                    return
                if len(page.events) < PAGE:
                    await asyncio.sleep(POLL_SECONDS)
        finally:
            del self._tails[search_id]
            tail.end()

    async def _read(self, search_id: UUID, seen: int) -> _Page:
        while True:
            try:
                return await run_in_threadpool(_page, self._database, search_id, seen)
            except Unavailable as error:
                log.warning("events of search %s: %s; trying again", search_id, error)
                await asyncio.sleep(RETRY_SECONDS)


def _page(database: Database, search_id: UUID, seen: int) -> _Page:
    with database.read() as session:
        last, ended = events.head(session, search_id)
        found = events.after(session, search_id, seen, PAGE) if last > seen else ()
        return _Page([_Event(event.number, _text(event)) for event in found], last, ended)


def _text(event: Event) -> bytes:
    data = json.dumps({**event.body, "time": event.created})
    return format_sse_event(data_str=data, event=event.kind, id=str(event.number))


async def _live(tail: _Tail, seen: int) -> AsyncGenerator[bytes]:
    queue = tail.join()  # before anything is awaited
    try:
        while True:
            try:
                waiting = [await asyncio.wait_for(queue.get(), PING_SECONDS)]
            except TimeoutError:
                yield format_sse_event(comment="ping")
                continue
            while not queue.empty():
                waiting.append(queue.get_nowait())
            new = [event.text for event in waiting if event and event.number > seen]
            if new:
                yield b"".join(new)
            if waiting[-1] is None:
                return
    finally:
        tail.listeners.discard(queue)
