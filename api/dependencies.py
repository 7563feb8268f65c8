"""What routes are given; coroutines, since FastAPI would run each plain function in a thread."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from starlette.concurrency import run_in_threadpool

from api.events import Events
from searchsvc.service.settings import Settings
from searchsvc.store.db import Database
from searchsvc.store.views import finding
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


Db = Annotated[Database, Depends(_database)]


async def _search_id(
    search_id: Annotated[str, Path(description="its id, the beginning of one, or its name")], database: Db
) -> UUID:
    try:
        return UUID(search_id)
    except ValueError:  # only then must the database be asked, which needs a thread
        return await run_in_threadpool(_named, database, search_id)


def _named(database: Database, said: str) -> UUID:
    with database.read() as session:
        return finding.search_id(session, said)


async def _trial_id(trial_id: Annotated[str, Path()]) -> UUID:
    try:
        return UUID(trial_id)
    except ValueError:
        raise NotFoundError(f"trial: got id {got(trial_id)}, which does not exist; ids are UUIDs") from None


Live = Annotated[Events, Depends(_events)]
Chosen = Annotated[Settings, Depends(_settings)]
SearchId = Annotated[UUID, Depends(_search_id)]
TrialId = Annotated[UUID, Depends(_trial_id)]
