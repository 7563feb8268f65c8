"""The queue, and who holds what, on both databases."""

from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.orm import Session

from searchsvc import kinds
from searchsvc.store.control import leases, searches
from searchsvc.store.control.leases import Lease
from searchsvc.store.db import Database, now
from searchsvc.store.tables import Search
from tests.searchsvc.store.test_speed import seen
from tests.specs import TINY

LEASE = 30.0
JOB = kinds.read(TINY)


def submit(database: Database, count: int) -> list[UUID]:
    with database.write() as session:
        return sorted(searches.submit(session, JOB).id for _ in range(count))


def claim(database: Database, runner: UUID, limit: int, *held: UUID) -> list[UUID]:
    with database.write() as session:
        return [lease.search_id for lease, _ in leases.claim(session, runner, LEASE, limit, held)]


def states(session: Session, made: list[UUID]) -> list[str]:
    return [searches.get(session, search_id).state for search_id in made]


def test_a_runner_takes_what_came_first_and_the_rest_knows_its_place(database: Database) -> None:
    made = submit(database, 5)
    assert claim(database, uuid4(), 2) == made[:2]
    with database.read() as session:
        assert states(session, made) == ["running"] * 2 + ["queued"] * 3
        found = [searches.get(session, search_id) for search_id in reversed(made)]
        assert leases.places(session, found) == {made[2]: 1, made[3]: 2, made[4]: 3}
        assert leases.places(session, found[:1]) == {made[4]: 3}
        assert leases.places(session, found[3:]) == {}
    with database.write() as session:
        searches.cancel(session, made[2])
    with database.read() as session:
        assert leases.places(session, found) == {made[3]: 1, made[4]: 2}


def test_what_a_runner_declined_is_in_nobodys_way(database: Database) -> None:
    made, runner = submit(database, 4), uuid4()
    claim(database, runner, 2)
    with database.write() as session:
        for search_id in made[:2]:
            assert leases.decline(session, Lease(search_id, runner, 1), "it needs a GPU")
    with database.read() as session:
        found = [searches.get(session, search_id) for search_id in made]
        assert leases.places(session, found) == {made[2]: 1, made[3]: 2, made[0]: 3, made[1]: 4}
    with database.write() as session:
        taken = leases.claim(session, runner, 30.0, 2, declined=made[:2])
        assert [lease.search_id for lease, _ in taken] == made[2:]


def test_what_a_lost_runner_held_is_taken_first_and_what_is_too_much_is_queued_again(database: Database) -> None:
    made = submit(database, 5)
    claim(database, uuid4(), 4)
    with database.write() as session:
        searches.pause(session, made[2])
        searches.cancel(session, made[3])
        session.execute(update(Search).where(Search.lease_until.is_not(None)).values(lease_until=now() - 1))
    other = uuid4()
    assert claim(database, other, 1) == [made[0], made[3]]  # what is to be cancelled needs no place
    with database.read() as session:
        assert states(session, made) == ["running", "queued", "paused", "cancelling", "queued"]
        assert not leases.claimable(session, other, 0, [made[0], made[3]])
        assert leases.claimable(session, other, 1, [made[0], made[3]])


def test_a_runner_that_stops_leaves_nothing_that_says_it_runs(database: Database) -> None:
    made, runner = submit(database, 3), uuid4()
    claim(database, runner, 3)
    with database.write() as session:
        searches.pause(session, made[1])
        searches.cancel(session, made[2])
    with database.write() as session:
        leases.release(session, runner)
    with database.read() as session:
        assert states(session, made) == ["queued", "paused", "cancelling"]
    assert claim(database, uuid4(), 3) == [made[2], made[0]]


def test_leases_and_wishes_cost_the_same_whatever_is_held_and_waits(database: Database) -> None:
    runner, sent = uuid4(), []
    for more in (1, 30):
        submit(database, 2 * more)
        claim(database, runner, more)
        with seen(database) as statements:
            with database.write() as session:
                leases.renew(session, runner, LEASE)
            with database.read() as session:
                leases.wishes(session, runner)
            sent.append([sql for sql, _ in statements if sql.startswith(("SELECT", "UPDATE"))])
    assert [len(statements) for statements in sent] == [2, 2]
