"""What routes are given; coroutines, since FastAPI would run each plain function in a thread."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request

from api.events import Events
from searchsvc.service.settings import Settings
from searchsvc.store.db import Database
from spaces.errors import NotFoundError, got


async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _events(request: Request) -> Events:
    events: Events = request.app.state.events
    return events


async def _settings(request: Request) -> Settings:
    chosen: Settings = request.app.state.settings
    return chosen


def _identifier(kind: str, value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise NotFoundError(f"{kind}: got id {got(value)}, which does not exist; ids are UUIDs") from None


async def _search_id(search_id: Annotated[str, Path()]) -> UUID:
    return _identifier("search", search_id)


async def _trial_id(trial_id: Annotated[str, Path()]) -> UUID:
    return _identifier("trial", trial_id)


Db = Annotated[Database, Depends(_database)]
Live = Annotated[Events, Depends(_events)]
Chosen = Annotated[Settings, Depends(_settings)]
SearchId = Annotated[UUID, Depends(_search_id)]
TrialId = Annotated[UUID, Depends(_trial_id)]
