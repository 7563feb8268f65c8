"""Runners by their boots: which live, which do not, and why searches wait."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from searchsvc.store.db import now
from searchsvc.store.tables import Runner

BEAT_SECONDS = 5.0
SILENT_SECONDS = 30.0  # after which a runner counts as lost
KEEP_SECONDS = 24 * 3600.0  # the row of a lost one, which says why

State = Literal["starting", "ready", "stopping", "lost"]


@dataclass(frozen=True)
class Seen:
    """A runner as its row shows it; `lost` too where it has fallen silent."""

    id: UUID
    host: str
    pid: int
    state: State
    reason: str | None
    memory: float | None
    started: float
    heartbeat: float

    @property
    def lives(self) -> bool:
        return self.state == "ready"


def pids(session: Session, host: str) -> Sequence[int]:
    """The processes of runners on `host` that have not said that they ended."""
    return session.scalars(select(Runner.pid).where(Runner.host == host, Runner.state != "lost")).all()


def begin(session: Session, boot: UUID, host: str, pid: int, killed: Collection[int]) -> None:
    """A runner starts; those of the processes `killed` on its host have ended without a word."""
    here = Runner.host == host
    gone = update(Runner).where(here, Runner.pid.in_(killed), Runner.state != "lost")
    session.execute(gone.values(state="lost", reason="its process was killed"))
    lost = select(Runner.id).where(here, Runner.state == "lost").order_by(Runner.heartbeat.desc(), Runner.id)
    session.execute(delete(Runner).where(Runner.id.in_(session.scalars(lost).all()[1:])))
    session.execute(delete(Runner).where(Runner.heartbeat < now() - KEEP_SECONDS))
    session.add(Runner(id=boot, host=host, pid=pid, state="starting"))


def beat(
    session: Session, boot: UUID, host: str, pid: int, state: State, reason: str | None, memory: int | None = None
) -> None:
    """The runner is in this `state`; its row is made again where a restored database lacks it."""
    said = {"state": state, "reason": reason, "memory": memory, "heartbeat": now()}
    if session.scalar(update(Runner).where(Runner.id == boot).values(said).returning(Runner.id)) is None:
        session.add(Runner(id=boot, host=host, pid=pid, state=state, reason=reason, memory=memory))
    if state == "ready":  # what became of others on this host matters no more
        session.execute(delete(Runner).where(Runner.host == host, Runner.state == "lost"))


def end(session: Session, boot: UUID) -> None:
    """The runner has stopped as it was asked to: there is nothing to say of it."""
    session.execute(delete(Runner).where(Runner.id == boot))


def seen(session: Session) -> list[Seen]:
    """Every runner: those that work first, then the newest."""
    rows = session.execute(select(Runner, (now() - Runner.heartbeat).label("silence"))).all()
    found = [_seen(row, silence) for row, silence in rows]
    return sorted(found, key=lambda runner: (not runner.lives, runner.state == "lost", -runner.heartbeat))


def boots(session: Session) -> Sequence[UUID]:
    return session.scalars(select(Runner.id)).all()


def of_process(session: Session, host: str, pid: int, *, besides: Sequence[UUID]) -> Runner | None:
    """The runner of a process, which is none of those `besides`, whose numbers it may have."""
    here = select(Runner).where(Runner.host == host, Runner.pid == pid, Runner.id.not_in(besides))
    return session.scalars(here.order_by(Runner.started.desc()).limit(1)).one_or_none()


def memory(session: Session) -> float | None:
    """Bytes that a trial may take where there is most; None where that is not known, or no runner works."""
    known = [runner.memory for runner in seen(session) if runner.lives]
    return max((found for found in known if found), default=None) if None not in known else None


def why_waiting(runners: Sequence[Seen]) -> str | None:
    """Why searches wait, in a sentence; None while a runner works on them and does not complain.

    >>> why_waiting([])
    'no runner is there; start one with: searchsvc up'
    """
    if not runners:
        return "no runner is there; start one with: searchsvc up"
    first = runners[0]
    if first.lives:
        return first.reason
    lost = next((runner for runner in runners if runner.state == "lost"), None)
    ended = f"the last one, process {lost.pid} on {lost.host}, ended: {lost.reason}" if lost else ""
    if first is lost:
        return f"no runner lives; {ended}"
    said = f"the runner is {first.state}" + (f": {first.reason}" if first.reason else "")
    return f"{said}; {ended}" if ended else said


def _seen(row: Runner, silence: float) -> Seen:
    state: State = row.state  # type: ignore[assignment]
    reason = row.reason
    if state != "lost" and silence > SILENT_SECONDS:
        state, reason = "lost", "it has fallen silent"
    return Seen(row.id, row.host, row.pid, state, reason, row.memory, row.started, row.heartbeat)
