"""Who may write to a search: a runner claims it for a lease, renews that, and hands the search back.

The queue are the searches in state ``queued``, the oldest first. A search that runs has an owner: what a runner has
lost beyond what others may take, and what it hands back, is queued again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from searchsvc.store.control.attempts import interrupt
from searchsvc.store.control.events import emit
from searchsvc.store.control.searches import specification
from searchsvc.store.db import now
from searchsvc.store.tables import Search

OWNED = ("running", "cancelling")  # the states of a search that a runner holds


class Fenced(Exception):
    """This runner no longer owns the search; what it wanted to write is void."""


@dataclass(frozen=True)
class Lease:
    """A runner's right to write: void once the search's owner or epoch is another."""

    search_id: UUID
    owner: UUID
    epoch: int


class Wish(NamedTuple):
    """What the user of a search desires of whoever holds it in this epoch."""

    epoch: int
    desired: str


def claimable(
    session: Session, owner: UUID, limit: int, held: Collection[UUID] = (), declined: Collection[UUID] = ()
) -> bool:
    """Whether `claim` would change anything; reading first spares idle runners the write lock."""
    waiting = [_lost(owner, held), *([_queue(declined)] if limit > 0 else [])]
    return any(session.execute(query.with_only_columns(Search.id).limit(1)).first() for query in waiting)


def claim(
    session: Session,
    owner: UUID,
    lease_seconds: float,
    limit: int,
    held: Collection[UUID] = (),
    declined: Collection[UUID] = (),
) -> list[tuple[Lease, dict[str, Any]]]:
    """Take `limit` searches that nobody owns, with their specifications; what ran there runs again.

    Those that a runner has lost come before the queue. What is to be cancelled is taken whatever the limit; other lost
    ones beyond it go back to the queue. A search that is `owner`'s but not `held`, since the answer of an earlier claim
    was lost, counts as lost. Of the queue it leaves to others what it has `declined`.
    """
    taken: list[Search] = []
    for search in session.scalars(_lost(owner, held).order_by(Search.id).with_for_update(skip_locked=True)).all():
        if len(taken) < limit or search.state == "cancelling":
            taken.append(search)
        else:
            _set_down(session, search, "its runner was lost")
    if len(taken) < limit:
        first = _queue(declined).order_by(Search.id).limit(limit - len(taken))
        taken += session.scalars(first.with_for_update(skip_locked=True)).all()
    for search in taken:
        search.owner = owner
        search.epoch += 1
        search.lease_until = now() + lease_seconds
        search.waiting = None
        if search.state == "queued":
            search.state = "running"
            search.started = search.started or now()
        emit(session, search, "claimed", epoch=search.epoch)
        interrupt(session, search, "its runner was lost")
    session.flush()
    return [(Lease(search.id, owner, search.epoch), specification(search)) for search in taken]


def fence(session: Session, lease: Lease) -> Search:
    """The search, locked, if `lease` still holds.

    Raises:
        Fenced: another runner owns it now, or it is gone.
    """
    return fence_now(session, lease)[0]


def fence_now(session: Session, lease: Lease) -> tuple[Search, float]:
    """The same, and the database's time."""
    query = select(Search, now()).where(Search.id == lease.search_id).with_for_update(of=Search)
    search, moment = session.execute(query.execution_options(populate_existing=True)).one_or_none() or (None, 0.0)
    if search is None or search.owner != lease.owner or search.epoch != lease.epoch:
        raise Fenced
    return search, moment


def renew(session: Session, owner: UUID, lease_seconds: float) -> dict[UUID, int]:
    """Renew all leases of a runner by one statement; the epochs of the searches that are still its own."""
    mine = update(Search).where(Search.state.in_(OWNED), Search.owner == owner)
    renewed = mine.values(lease_until=now() + lease_seconds).returning(Search.id, Search.epoch)
    return dict(session.execute(renewed, execution_options={"synchronize_session": False}).all())


def wishes(session: Session, owner: UUID) -> dict[UUID, Wish]:
    """What the users of all searches of a runner desire, by one read."""
    mine = select(Search.id, Search.epoch, Search.desired).where(Search.state.in_(OWNED), Search.owner == owner)
    return {search_id: Wish(epoch, desired) for search_id, epoch, desired in session.execute(mine)}


def release(session: Session, owner: UUID) -> None:
    """Hand all searches of a runner back at once, for others to claim; their running trials go on there."""
    mine = select(Search).where(Search.state.in_(OWNED), Search.owner == owner).order_by(Search.id)
    for search in session.scalars(mine.with_for_update()).all():
        _set_down(session, search, "its runner was stopped")


def pause(session: Session, lease: Lease) -> bool:
    """Set the search down until its user resumes it; its running trials go on then. False if nobody wants that now."""
    search = fence(session, lease)
    if search.desired != "pause" or search.state != "running":
        return False
    _set_down(session, search, "paused")
    return True


def decline(session: Session, lease: Lease, reason: str) -> bool:
    """Leave a search that this runner cannot carry out to others; False if it is to be cancelled, which any can."""
    search = fence(session, lease)
    if search.state != "running":
        return False
    search.waiting = reason
    emit(session, search, "waiting", reason=reason)
    _set_down(session, search, reason)
    return True


def places(session: Session, searches: Sequence[Search]) -> dict[UUID, int]:
    """The place in the queue of those among these searches that wait in it: 1 is claimed next.

    What a runner has declined stands in nobody's way, so that it comes last.
    """
    waiting = [search.id for search in searches if search.state == "queued"]
    if not waiting:
        return {}
    place = func.row_number().over(order_by=(Search.waiting.is_not(None), Search.id)).label("place")
    queue = select(Search.id, place).where(Search.state == "queued").subquery()
    return dict(session.execute(select(queue).where(queue.c.id.in_(waiting))).all())


def _set_down(session: Session, search: Search, reason: str) -> None:
    """Nobody owns it any more: it is paused if its user wants that, else queued, or waits for its end."""
    search.owner = search.lease_until = None
    if search.state == "cancelling":
        interrupt(session, search, reason)
        return
    search.state = "paused" if search.desired == "pause" else "queued"
    interrupt(session, search, "paused" if search.state == "paused" else reason)
    emit(session, search, search.state)


def _queue(declined: Collection[UUID] = ()) -> Select[Any]:
    return select(Search).where(Search.state == "queued", Search.id.not_in(declined))


def _lost(owner: UUID, held: Collection[UUID]) -> Select[Any]:
    """What runs in the rows and nowhere else."""
    unheard = and_(Search.owner == owner, Search.id.not_in(held))
    over = or_(Search.lease_until.is_(None), Search.lease_until < now(), unheard)
    return select(Search).where(Search.state.in_(OWNED), over)
