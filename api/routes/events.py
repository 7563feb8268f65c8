from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import StreamingResponse
from starlette.types import Send

from api.dependencies import Db, Live, SearchId
from api.route import StrictRoute
from searchsvc.store.control import archives, searches

router = APIRouter(prefix="/v1/searches", tags=["events"], route_class=StrictRoute)
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}  # proxies pass each event on at once

ITEM = {  # of the stream, as OpenAPI 3.2 says it
    "type": "object",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "1, 2, 3, ... without gaps"},
        "event": {"type": "string", "description": "what happened, such as trial_done; the last is the search's state"},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {
                "type": "object",
                "required": ["time"],
                "properties": {
                    "time": {"type": "number", "description": "seconds since 1970"},
                    "trial": {"type": "integer", "description": "its number, where it is about a trial"},
                },
                "additionalProperties": True,
            },
        },
    },
}


class EventStream(StreamingResponse):
    """Server-sent events; when the client leaves, their source is closed too."""

    media_type = "text/event-stream"
    body_iterator: AsyncGenerator[bytes]

    async def stream_response(self, send: Send) -> None:
        async with aclosing(self.body_iterator):
            await super().stream_response(send)


def _existing(search_id: SearchId, database: Db) -> UUID:
    """What cannot be followed must be refused before the stream begins."""
    with database.read() as session:
        archives.check_here(session, search_id, "event")
        return searches.get(session, search_id).id


@router.get(
    "/{search_id}/events",
    summary="Follow a search",
    response_class=EventStream,
    responses={200: {"content": {"text/event-stream": {"itemSchema": ITEM}}, "description": "Events as they happen"}},
)
async def stream(
    search_id: Annotated[UUID, Depends(_existing)],
    live: Live,
    last_event_id: Annotated[int, Header(ge=0, lt=2**31)] = 0,
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> EventStream:
    """Events numbered 1, 2, 3, ... without gaps, from those after `after` or `Last-Event-ID`, whichever is later.

    The stream ends with the search.
    """
    return EventStream(live.follow(search_id, max(after, last_event_id)), headers=HEADERS)
