"""What the service says of itself."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas import at
from searchsvc.store.control.runners import Seen, why_waiting


class Works(BaseModel):
    """Whether a runner works on searches."""

    lives: bool = Field(description="a runner has started and was heard of within half a minute")
    reason: str | None = Field(description="why searches wait, or that nothing is trained, in a sentence; else null")

    @classmethod
    def of(cls, runners: list[Seen]) -> "Works":
        return cls(lives=any(runner.lives for runner in runners), reason=why_waiting(runners))


class Runner(BaseModel):
    """A runner: a process that carries searches out."""

    id: UUID = Field(description="of its boot")
    host: str
    pid: int
    state: Literal["starting", "ready", "stopping", "lost"]
    reason: str | None = Field(description="why it does not do what it should, or that it trains nothing")
    memory: float | None = Field(description="bytes that a trial may take there; null where more may come")
    started: datetime
    heartbeat: datetime = Field(description="when it was last heard of")

    @classmethod
    def of(cls, seen: Seen) -> "Runner":
        return cls(**{**vars(seen), "started": at(seen.started), "heartbeat": at(seen.heartbeat)})


class Status(BaseModel):
    version: str
    schema_: str = Field(alias="schema", description="of the database")
    runner: Works
    runners: list[Runner] = Field(description="those that work first")
