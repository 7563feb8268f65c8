"""The transactions of a runner, on both databases."""

import math
import statistics
import threading
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from searchsvc import kinds, strategies
from searchsvc.store.control import events, history, leases, records, results, runs, searches
from searchsvc.store.control.leases import Fenced, Lease
from searchsvc.store.control.results import Stepped
from searchsvc.store.control.runs import Work
from searchsvc.store.db import Database, now
from searchsvc.store.tables import CandidateMetric, Event, Report, Search, Trial
from searchsvc.store.views import boards
from searchsvc.strategy import Asked
from spaces.errors import ConflictError, NotFoundError, UserError
from tests.specs import TINY

LEASE = 30.0
LEARNED = [(0, "alpha", [0.0, 1.0]), (1, "alpha", [1.0, 0.0]), (1, "theta", [0.25])]
WEIGHTS = {"kind": "weights", "path": "x", "sha256": "0", "bytes": 1}


def submit(database: Database, **changes: Any) -> Search:
    with database.write() as session:
        return searches.submit(session, kinds.read({**TINY, **changes}))


def claim(database: Database) -> Lease:
    with database.write() as session:
        ((lease, _),) = leases.claim(session, uuid4(), LEASE, 1)
    return lease


def next_trial(database: Database, lease: Lease) -> Work:
    """Ask for one more trial and start it."""
    with database.read() as session:
        job = kinds.read(searches.get(session, lease.search_id).spec)
        number = searches.get(session, lease.search_id).trial_count
        asked, outcomes = history.asked(session, lease.search_id), history.outcomes(session, lease.search_id)
    suggestion = strategies.catalog.load("darts").Strategy(job).suggest(asked, outcomes)
    with database.write() as session:
        runs.ask(session, lease, number, [suggestion], len(outcomes))
    with database.write() as session:
        (work,) = runs.start(session, lease)
    return work


def finish(database: Database, lease: Lease, work: Work, accuracy: float) -> None:
    result = {
        "metrics": {
            **{"accuracy/validation": accuracy, "accuracy/test": accuracy / 2},
            **{"parameters": 10, "macs": 1.0, "acs": 2.0, "sops": 2.0, "energy": 3e-9, "seconds": 1.5},
        },
        "layers": [{"layer": "a", "macs": 1.0, "acs": 2.0, "sops": 2.0, "firing_rate": None, "energy": 3e-9}],
        "manifest": {},
    }
    with database.write() as session:
        metrics = {"accuracy/validation": accuracy}
        results.record(session, lease, [Stepped(work, 2, metrics, LEARNED, result, WEIGHTS)])


def lose_runner(database: Database, lease: Lease) -> None:
    """What time does to a runner that was killed."""
    with database.write() as session:
        session.execute(update(Search).where(Search.id == lease.search_id).values(lease_until=now() - 1))


def test_events_are_numbered_without_gaps_and_tell_the_whole_cycle(database: Database) -> None:
    search = submit(database)
    lease = claim(database)
    finish(database, lease, next_trial(database, lease), 0.5)
    with database.read() as session:
        events = session.scalars(select(Event).order_by(Event.number)).all()
    assert [e.number for e in events] == list(range(1, len(events) + 1))
    assert [e.kind for e in events] == [
        *("submitted", "claimed", "trial_asked", "trial_started", "report", "trial_done"),
    ]
    assert all(e.search_id == search.id for e in events)


def test_means_and_spreads_are_those_of_the_trials(database: Database) -> None:
    submit(database)
    lease = claim(database)
    for accuracy in (0.5, 0.7, 0.9, 0.2, 0.4):
        finish(database, lease, next_trial(database, lease), accuracy)
    with database.read() as session:
        rows = session.scalars(select(CandidateMetric)).all()
        for row in rows:
            done = select(Trial.metrics).where(Trial.candidate_id == row.candidate_id, Trial.state == "done")
            values = [metrics[row.metric] for metrics in session.scalars(done)]
            assert row.n == len(values) == 2
            assert row.mean == pytest.approx(statistics.fmean(values))
            assert row.m2 == pytest.approx(statistics.variance(values) * (len(values) - 1), abs=1e-15)
    assert {row.metric for row in rows} == {
        *("accuracy/validation", "accuracy/test", "parameters", "energy", "sops", "seconds"),
    }


def test_the_super_network_does_not_rank_and_its_alphas_reach_the_strategy(database: Database) -> None:
    search = submit(database)
    lease = claim(database)
    work = next_trial(database, lease)
    finish(database, lease, work, 0.99)
    with database.read() as session:
        assert boards.leaderboard(session, search.id) == ([], None)
        (outcome,) = history.outcomes(session, search.id)
        assert outcome.architecture == [[0.0, 1.0], [1.0, 0.0]]
        found = searches.get(session, search.id)
        assert (found.search_seconds, found.retrain_seconds) == (1.5, 0.0)


def test_a_taken_over_search_refuses_every_write_of_its_old_runner(database: Database) -> None:
    submit(database)
    old = claim(database)
    work = next_trial(database, old)
    lose_runner(database, old)
    new = claim(database)
    assert new.epoch == old.epoch + 1
    writes: list[Any] = [
        lambda s: runs.start(s, old),
        lambda s: results.record(s, old, [Stepped(work, 1, {}, [], None, WEIGHTS)]),
        lambda s: runs.fail(s, old, work, "x"),
        lambda s: runs.lose(s, old, work, "x"),
        lambda s: runs.explain(s, old, {"outcomes": 1}),
        lambda s: runs.end(s, old, "succeeded"),
        lambda s: leases.pause(s, old),
    ]
    for write in writes:
        with pytest.raises(Fenced), database.write() as session:
            write(session)
    with database.write() as session:
        leases.release(session, old.owner)
        assert leases.renew(session, old.owner, LEASE) == {} == leases.wishes(session, old.owner)
    with database.read() as session:
        assert session.scalars(select(Report)).all() == []
        assert searches.get(session, old.search_id).state == "running"
        assert searches.get(session, old.search_id).insight is None


def test_a_trial_keeps_the_worker_of_its_last_step(database: Database) -> None:
    submit(database)
    lease = claim(database)
    work = next_trial(database, lease)
    for step, worker in ((1, "one/11"), (2, "two/22"), (2, "two/33")):  # the last one has been recorded
        with database.write() as session:
            results.record(session, lease, [Stepped(work, step, {}, [], None, WEIGHTS, worker=worker)])
    with database.read() as session:
        assert session.get_one(Trial, work.trial_id).worker == "two/22"


def test_an_insight_takes_the_place_of_the_one_before(database: Database) -> None:
    submit(database)
    lease = claim(database)
    for outcomes in (5, 6, 6):
        with database.write() as session:
            runs.explain(session, lease, {"outcomes": outcomes})
    with database.read() as session:
        assert searches.get(session, lease.search_id).insight == {"outcomes": 6}


def test_a_trial_interrupted_by_a_lost_runner_runs_again_and_its_old_attempt_is_void(database: Database) -> None:
    submit(database)
    old = claim(database)
    work = next_trial(database, old)
    lose_runner(database, old)
    new = claim(database)
    with database.write() as session:
        (again,) = runs.start(session, new)
    assert (again.trial_id, again.attempt) == (work.trial_id, 2)
    finish(database, new, work, 0.1)  # the old attempt, under the new lease
    with database.read() as session:
        assert session.get_one(Trial, work.trial_id).state == "running"
    finish(database, new, again, 0.8)
    finish(database, new, again, 0.9)  # a second time
    with database.read() as session:
        trial = session.get_one(Trial, work.trial_id)
        assert (trial.state, trial.score, trial.tell_no) == ("done", 0.8, 1)


def test_a_trial_whose_worker_is_lost_five_times_fails_with_the_reason(database: Database) -> None:
    submit(database)
    lease = claim(database)
    works = [next_trial(database, lease)]
    for attempt in range(1, 6):
        assert [work.attempt for work in works] == [attempt]
        with database.write() as session:
            runs.lose(session, lease, works[0], "node died")
        with database.write() as session:
            works = runs.start(session, lease)
    assert works == []
    with database.read() as session:
        (trial,) = session.scalars(select(Trial)).all()
        assert trial.state == "failed" and "node died" in (trial.error or "")


def test_a_search_with_a_live_lease_is_not_claimed_again(database: Database) -> None:
    submit(database)
    lease = claim(database)
    with database.write() as session:
        assert not leases.claimable(session, uuid4(), 1)
        assert leases.claim(session, uuid4(), LEASE, 1) == []
    with database.write() as session:
        leases.release(session, lease.owner)
    assert claim(database).epoch == 2


def test_runners_that_claim_at_once_share_out_the_searches(database: Database) -> None:
    for _ in range(12):
        submit(database)
    taken: list[Lease] = []
    barrier = threading.Barrier(4)

    def runner() -> None:
        mine = Database(database.url.render_as_string(hide_password=False))
        barrier.wait()
        with mine.write() as session:
            taken.extend(lease for lease, _ in leases.claim(session, uuid4(), LEASE, 12))
        mine.close()

    threads = [threading.Thread(target=runner) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len({lease.search_id for lease in taken}) == 12


def test_two_writers_at_once_leave_no_gap_in_the_events(database: Database) -> None:
    search = submit(database)
    lease = claim(database)

    def renew() -> None:
        mine = Database(database.url.render_as_string(hide_password=False))
        for _ in range(20):
            with mine.write() as session:
                events.emit(session, leases.fence(session, lease), "test")
        mine.close()

    threads = [threading.Thread(target=renew) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        numbers = session.scalars(select(Event.number).where(Event.search_id == search.id).order_by(Event.number)).all()
    assert list(numbers) == list(range(1, 2 + 60 + 1))


def test_cancel_ends_a_queued_search_at_once_and_asks_the_runner_of_a_running_one(database: Database) -> None:
    queued = submit(database)
    with database.write() as session:
        assert searches.cancel(session, queued.id).state == "cancelled"
    with database.write() as session:
        assert searches.cancel(session, queued.id).state == "cancelled"  # again: no error, no second event
    running = submit(database)
    lease = claim(database)
    work = next_trial(database, lease)
    with database.write() as session:
        assert searches.cancel(session, running.id).state == "cancelling"
        assert runs.start(session, lease) == []
    finish(database, lease, work, 0.5)  # a result that comes in while cancelling is kept
    with database.write() as session:
        runs.end(session, lease, "cancelled")
    with database.write() as session, pytest.raises(ConflictError, match="only a running one"):
        searches.pause(session, running.id)
    with database.read() as session:
        assert searches.get(session, running.id).state == "cancelled"
        assert session.get_one(Trial, work.trial_id).state == "done"


def test_the_leaderboard_pages_through_all_candidates_in_order(database: Database) -> None:
    search = submit(database, seeds=1, budget={"trials": 6})
    lease = claim(database)
    for accuracy in (0.0, 0.3, 0.9, 0.6, 0.9):
        finish(database, lease, next_trial(database, lease), accuracy)
    found, cursor = [], None
    with database.read() as session:
        while True:
            rows, cursor = boards.leaderboard(session, search.id, limit=2, cursor=cursor)
            found += rows
            if cursor is None:
                break
    means = [row.metrics["accuracy/validation"].mean for row in found]
    assert means == [0.9, 0.9, 0.6, 0.3] and [row.rank for row in found] == [1, 2, 3, 4]


def test_best_counts_only_candidates_with_all_their_seeds(database: Database) -> None:
    search = submit(database)
    lease = claim(database)
    for accuracy in (0.0, 0.5, 0.5, 0.9):  # super network, two seeds of one candidate, one of the next
        finish(database, lease, next_trial(database, lease), accuracy)
    with database.read() as session:
        assert boards.leaderboard(session, search.id)[0][0].metrics["accuracy/validation"].mean == 0.9
        row, _ = boards.best(session, search.id)
        assert row.metrics["accuracy/validation"].mean == 0.5
        with pytest.raises(NotFoundError, match="rank 2"):
            boards.best(session, search.id, rank=2)


def test_a_wrong_cursor_is_explained(database: Database) -> None:
    search = submit(database)
    with database.read() as session, pytest.raises(UserError, match="next_cursor"):
        boards.leaderboard(session, search.id, cursor="3:x")


def test_reading_sessions_cannot_write(database: Database) -> None:
    search = submit(database)
    with pytest.raises(Exception, match=r"read-?only"), database.read() as session:
        session.execute(update(Search).where(Search.id == search.id).values(name="x"))


def test_the_databases_clock_is_this_machines(database: Database) -> None:
    import time

    with database.read() as session:
        moment = session.scalar(select(now()))
    assert moment is not None and math.isclose(moment, time.time(), abs_tol=5)


def test_a_search_that_ended_before_it_could_pause_does_not_resume(database: Database) -> None:
    search = submit(database)
    lease = claim(database)
    with database.write() as session:
        searches.pause(session, search.id)
        runs.end(session, lease, "failed")
    with database.write() as session, pytest.raises(ConflictError, match="it is failed"):
        searches.resume(session, search.id)


@pytest.mark.parametrize(("verb", "state"), [("cancel", "cancelling"), ("remove", "cancelling"), ("resume", "running")])
def test_a_runner_does_not_pause_what_its_user_no_longer_wants_paused(
    database: Database, verb: str, state: str
) -> None:
    """It has read the user's wish before the user changed it."""
    search = submit(database)
    lease = claim(database)
    with database.write() as session:
        searches.pause(session, search.id)
    with database.write() as session:
        getattr(searches, verb)(session, search.id)
    with database.write() as session:
        leases.pause(session, lease)
    with database.read() as session:
        assert searches.get(session, search.id).state == state


def test_a_candidate_that_an_earlier_version_wrote_is_the_same_candidate(database: Database) -> None:
    search = submit(database)
    job = kinds.read(search.spec)
    suggested = strategies.catalog.load("darts").Strategy(job).suggest([Asked(0, "super network", 0)], ())
    with database.write() as session:
        (row,) = records.candidate_rows(session, search, [suggested])
        row.configuration = {k: v for k, v in row.configuration.items() if k != "architect"}  # it had one field less
    with database.write() as session:
        again = records.candidate_rows(session, search, [suggested, suggested])
        assert [candidate.id for candidate in again] == [row.id, row.id]
