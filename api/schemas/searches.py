"""Searches, as the API gives them."""

from datetime import datetime
from typing import Any, Literal, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas.times import at
from searchsvc import kinds
from searchsvc.store import tables
from searchsvc.store.views import counts


class Progress(BaseModel):
    """Trials by state; `fraction` counts the finished steps of running ones too."""

    total: int
    done: int
    failed: int
    pruned: int = Field(description="ended early by the scheduler")
    running: int
    fraction: float = Field(ge=0, le=1)
    seconds_left: float | None = Field(description="at the pace of the last trials; null while that is not known")


class Webhook(BaseModel):
    """How far telling the end of a search has come."""

    host: str
    state: Literal["waiting", "trying", "delivered", "given_up"] = Field(description="waiting: for the search's end")
    tries: int
    error: str | None = Field(description="of the last try")
    delivered: datetime | None
    next_try: datetime | None

    @classmethod
    def of(cls, owed: tables.Webhook, has_ended: bool) -> Self:
        open_state = "trying" if has_ended else "waiting"
        return cls(
            host=urlsplit(owed.url).hostname or "",
            state="delivered" if owed.delivered else "given_up" if owed.due is None else open_state,
            tries=owed.tries,
            error=owed.error,
            delivered=at(owed.delivered) if owed.delivered else None,
            next_try=at(owed.due) if owed.due and has_ended else None,
        )


class _Search(BaseModel):
    id: UUID
    name: str
    kind: str
    state: str
    queue_place: int | None = Field(description="1 is begun next; null unless it is queued")
    seed: int
    progress: Progress
    conclusion: dict[str, Any] | None
    warnings: list[str] = Field(description="of what it knew from the start: what may not hold here")
    health: str | None = Field(description="of the surrogate, when it last suggested something; null without one")
    error: str | None
    waiting: str | None = Field(description="why no runner carries it out; null where none has declined it")
    events: int = Field(description="the number of its last event so far")
    created: datetime
    started: datetime | None
    finished: datetime | None

    @classmethod
    def of(cls, search: tables.Search, now: counts.Progress, seconds_left: float | None, place: int | None) -> Self:
        total = search.total_trials
        return cls(
            id=search.id,
            name=search.name,
            kind=search.kind,
            state=search.state,
            queue_place=place,
            seed=search.seed,
            **cls.own(search),
            progress=Progress(
                total=total,
                done=search.tell_count,
                failed=search.failed_count,
                pruned=now.pruned,
                running=now.running,
                fraction=min(1.0, now.ended / total),
                seconds_left=seconds_left,
            ),
            conclusion=search.conclusion,
            warnings=search.warnings or [],
            health=search.health,
            error=search.error,
            waiting=search.waiting,
            events=search.event_count,
            created=at(search.created),
            started=at(search.started) if search.started else None,
            finished=at(search.finished) if search.finished else None,
        )

    @staticmethod
    def own(search: tables.Search) -> dict[str, Any]:
        """The values of the fields that not every shape has."""
        raise NotImplementedError


class Search(_Search):
    spec: dict[str, Any]
    webhook: Webhook | None = Field(None, description="who is told of its end; null: nobody")
    unreadable: str | None = Field(description="why not all of it is known here, such as a plugin that is left out")

    @staticmethod
    def own(search: tables.Search) -> dict[str, Any]:
        return {"spec": search.spec, "unreadable": kinds.of(search).problem or None}

    @property
    def task(self) -> str:
        return str(self.spec.get("task", {}).get("name", ""))


class Listed(_Search):
    """A search without its specification, which may be long."""

    task: str

    @staticmethod
    def own(search: tables.Search) -> dict[str, Any]:
        return {"task": search.task_name}


class Searches(BaseModel):
    searches: list[Listed]
    next_cursor: UUID | None
