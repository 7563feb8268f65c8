"""A search's events as server-sent events: each once, in order, from `Last-Event-ID` on."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from api.dependencies import Db, SearchId
from searchsvc.db import Database
from searchsvc.models import Event
from searchsvc.repo import archives, events, searches
from spaces.errors import NotFoundError

POLL_SECONDS = 0.25
PING_SECONDS = 15.0  # of silence, after which a comment keeps the connection open

router = APIRouter(prefix="/v1/searches", tags=["events"])


def _existing(search_id: SearchId, database: Db) -> UUID:
    """What cannot be followed must be refused before the stream begins."""
    with database.read() as session:
        archives.check_here(session, search_id, "event")
        return searches.get(session, search_id).id


@router.get(
    "/{search_id}/events",
    summary="Follow a search",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def stream(
    search_id: Annotated[UUID, Depends(_existing)],
    database: Db,
    last_event_id: Annotated[int, Header(ge=0, lt=2**31)] = 0,
) -> StreamingResponse:
    """Events numbered 1, 2, 3, ... without gaps; the stream ends with the search."""
    return StreamingResponse(_follow(database, search_id, last_event_id), media_type="text/event-stream")


async def _follow(database: Database, search_id: UUID, seen: int) -> AsyncIterator[bytes]:
    sent = time.monotonic()
    while True:
        found, over = await run_in_threadpool(_look, database, search_id, seen)
        for event in found:
            seen, sent = event.number, time.monotonic()
            data = json.dumps({**event.body, "time": event.created})
            yield format_sse_event(data_str=data, event=event.kind, id=str(event.number))
        if over and not found:
            return
        if time.monotonic() - sent > PING_SECONDS:
            sent = time.monotonic()
            yield format_sse_event(comment="ping")
        await asyncio.sleep(POLL_SECONDS)


def _look(database: Database, search_id: UUID, seen: int) -> tuple[Sequence[Event], bool]:
    """New events, and whether there will be no more."""
    with database.read() as session:
        try:
            over = searches.get(session, search_id).state in events.FINAL_STATES
        except NotFoundError:
            return [], True  # it has been deleted
        return events.after(session, search_id, seen), over
