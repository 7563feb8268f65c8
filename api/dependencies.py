"""What routes are given."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request

from searchsvc.db import Database
from searchsvc.settings import Settings
from spaces.errors import NotFoundError


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _settings(request: Request) -> Settings:
    chosen: Settings = request.app.state.settings
    return chosen


def _identifier(kind: str, value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise NotFoundError(f"{kind}: got id {value!r}, which does not exist; ids are UUIDs") from None


def _search_id(search_id: Annotated[str, Path()]) -> UUID:
    return _identifier("search", search_id)


def _trial_id(trial_id: Annotated[str, Path()]) -> UUID:
    return _identifier("trial", trial_id)


Db = Annotated[Database, Depends(_database)]
Chosen = Annotated[Settings, Depends(_settings)]
SearchId = Annotated[UUID, Depends(_search_id)]
TrialId = Annotated[UUID, Depends(_trial_id)]
