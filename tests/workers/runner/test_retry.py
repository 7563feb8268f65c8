"""A failed search goes on from what is recorded; what diverges is an outcome; what cannot be carried out here waits."""

from concurrent.futures import Future
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

import searchsvc.local
from searchsvc import kinds
from searchsvc.kinds import BaseJob
from searchsvc.service.audit import audit
from searchsvc.store.check import check
from searchsvc.store.control import history, leases, runs, searches
from searchsvc.store.control.runs import Question
from searchsvc.store.db import Database
from searchsvc.store.tables import Event, Search, Trial
from searchsvc.store.views import counts
from searchsvc.strategy import Suggestion
from spaces.errors import ConflictError
from tests.faults import checker
from tests.specs import TINY, TINY_HETEROGENEITY
from tests.workers import driving
from tests.workers.driving import get, submit
from tests.workers.inline import InlineAsker, InlineExecutor, Make
from workers.runner.loop import Runner

STRICT = {**TINY, "max_failed_trials": 0}


def trials(database: Database, search_id: UUID) -> list[Trial]:
    with database.read() as session:
        return list(session.scalars(select(Trial).where(Trial.search_id == search_id).order_by(Trial.number)))


def retry(database: Database, search_id: UUID) -> None:
    with database.write() as session:
        assert searches.retry(session, search_id).state == "queued"


def run(runner: Runner, database: Database, search_id: UUID, *states: str) -> Search:
    """As `driving.run`, without a pause between two looks."""
    runner._next_look = 0.0
    return driving.run(runner, database, search_id, to=states or ("succeeded",))


def test_a_failed_search_goes_on_from_what_is_recorded(
    database: Database, database_url: str, executor: InlineExecutor, make: Make
) -> None:
    search_id = submit(database, {**STRICT, "training": {"epochs": 4}})
    executor.fail = {3}
    failed = run(make(executor), database, search_id, "failed")
    assert failed.error and "on purpose" in failed.error and failed.failed_count == 1
    before = [(trial.number, trial.attempt) for trial in trials(database, search_id) if trial.state == "done"]
    assert before
    retry(database, search_id)
    second = InlineExecutor(executor.store)
    ended = run(make(second), database, search_id)
    assert (ended.error, ended.failed_count) == (None, 0)
    found = trials(database, search_id)
    golden = searchsvc.local.run({**TINY, "training": {"epochs": 4}}).trials
    assert [trial.score for trial in found] == [trial.result.metrics["accuracy/validation"] for trial in golden]
    assert {(trial.number, trial.attempt) for trial in found} >= set(before)
    assert not {number for number, _ in second.steps} & {number for number, _ in before}
    assert all(trial.error is None and trial.losses == 0 for trial in found)
    assert check(database_url)[1] == [] and checker.check(database_url) == []


def test_suggestions_made_before_and_after_a_retry_can_all_be_made_again(
    database: Database, database_url: str, executor: InlineExecutor, make: Make
) -> None:
    spec = {**TINY_HETEROGENEITY, "strategy": {"name": "wasserstein_bo", "initial": 2}, "budget": {"trials": 16}}
    search_id = submit(database, {**spec, "max_failed_trials": 1})
    executor.fail = {3, 9}
    assert run(make(executor), database, search_id, "failed").failed_count == 2
    retry(database, search_id)
    run(make(InlineExecutor(executor.store)), database, search_id)
    with database.read() as session:
        assert audit(session, search_id) == (16, [])
        outcomes = history.outcomes(session, search_id)
    assert [outcome.score is None for outcome in outcomes if outcome.number == 3] == [True, False]
    assert check(database_url)[1] == []


def test_only_a_failed_search_is_retried_and_whoever_ended_it_has_lost_it(
    database: Database, executor: InlineExecutor, make: Make
) -> None:
    search_id = submit(database, STRICT)
    with database.write() as session, pytest.raises(ConflictError, match="got retry, but it is queued"):
        searches.retry(session, search_id)
    executor.fail = {1}
    runner = make(executor)
    while not (owned := next(iter(runner.owned.values()), None)):
        runner.turn()
    lease = owned.lease
    run(runner, database, search_id, "failed")
    retry(database, search_id)
    with pytest.raises(leases.Fenced), database.write() as session:
        runs.end(session, lease, "failed", error="an end that is written again, since its answer was lost")
    executor.fail = set()
    run(runner, database, search_id)
    with database.write() as session, pytest.raises(ConflictError, match="but it is succeeded"):
        searches.retry(session, search_id)


def test_what_diverges_is_an_outcome_and_is_not_retried(
    database: Database, database_url: str, executor: InlineExecutor, make: Make
) -> None:
    search_id = submit(database, STRICT)
    executor.diverge = {3, 4}
    ended = run(make(executor), database, search_id)
    assert ended.failed_count == 2
    found = trials(database, search_id)
    assert [trial.number for trial in found if trial.diverged] == [3, 4]
    assert all(trial.error == "training diverged on purpose" for trial in found[3:5])
    other = submit(database, STRICT)
    executor.diverge, executor.fail = {1}, {5}
    run(make(executor), database, other, "failed")
    retry(database, other)
    assert trials(database, other)[1].state == "failed" and get(database, other).failed_count == 1
    executor.fail = set()
    run(make(executor), database, other)
    assert checker.check(database_url) == []


@pytest.mark.parametrize(("diverge", "said"), [({0}, "1 failed trials"), (set(range(1, 9)), "no trial of a candidate")])
def test_a_search_without_any_result_has_failed(
    database: Database, executor: InlineExecutor, make: Make, diverge: set[int], said: str
) -> None:
    search_id = submit(database, STRICT)
    executor.diverge = diverge
    ended = run(make(executor), database, search_id, "failed")
    assert ended.error and said in ended.error and "training diverged on purpose" in ended.error


@pytest.mark.parametrize("trials", [9, 19, 40, 1000])
def test_how_many_may_fail_grows_with_the_budget(trials: int) -> None:
    job = kinds.read({**TINY, "budget": {"trials": trials}})
    assert job.failures_allowed == max(1, trials // 10)
    assert kinds.read({**TINY, "max_failed_trials": 0}).failures_allowed == 0


class Small(InlineExecutor):
    def impossible(self, job: BaseJob) -> str | None:
        return "resources: got 8 cpus for a trial; there are 2" if job.seed else None


def test_a_runner_leaves_what_it_cannot_carry_out_to_others(
    database: Database, database_url: str, tmp_path: Path, make: Make
) -> None:
    large, unread, other = submit(database, {**TINY, "seed": 1}), submit(database, TINY), submit(database, TINY)
    spec = get(database, unread).spec
    with database.write() as session:
        session.execute(update(Search).where(Search.id == unread).values(spec={**spec, "neurons": ["of a plugin"]}))
    small = make(Small(tmp_path / "store"))
    run(small, database, other)
    waiting = {search_id: get(database, search_id) for search_id in (large, unread)}
    assert {search.state for search in waiting.values()} == {"queued"}
    assert "got 8 cpus" in (waiting[large].waiting or "") and "of a plugin" in (waiting[unread].waiting or "")
    with database.read() as session:
        said = session.scalars(select(Event.search_id).where(Event.kind == "waiting")).all()
    assert sorted(said) == sorted([large, unread])  # once each, however often it looks
    with database.write() as session:
        session.execute(update(Search).where(Search.id == unread).values(spec=spec))
    able = make(InlineExecutor(tmp_path / "store"))
    for search_id in (large, unread):
        assert run(able, database, search_id).waiting is None
    assert checker.check(database_url) == []


def test_what_waits_midway_keeps_what_it_has_found(
    database: Database, executor: InlineExecutor, tmp_path: Path, make: Make
) -> None:
    search_id = submit(database, {**TINY, "seed": 1})
    first = make(executor)
    while get(database, search_id).tell_count < 3:
        first.turn()
    first.close()
    small = make(Small(tmp_path / "store"))
    for _ in range(3):
        small._next_look = 0.0
        small.turn()
    assert get(database, search_id).waiting and get(database, search_id).tell_count >= 3
    with database.write() as session:
        searches.cancel(session, search_id)
    assert get(database, search_id).state == "cancelled"
    with database.read() as session:
        assert counts.count(session, search_id)


def test_a_search_to_be_cancelled_ends_where_it_cannot_be_carried_out(
    database: Database, executor: InlineExecutor, tmp_path: Path, make: Make
) -> None:
    search_id = submit(database, {**TINY, "seed": 1})
    first = make(executor)
    while not executor.busy:
        first.turn()
    with database.write() as session:
        searches.cancel(session, search_id)
    first.close()
    run(make(Small(tmp_path / "store")), database, search_id, "cancelled")


class Unequipped(InlineAsker):
    def ask(self, question: Question) -> "Future[list[Suggestion]]":
        future: Future[list[Suggestion]] = Future()
        future.set_exception(ModuleNotFoundError("No module named 'botorch'"))
        return future


def test_a_strategy_that_cannot_be_loaded_here_waits_for_a_runner_that_can(
    database: Database, executor: InlineExecutor, make: Make
) -> None:
    search_id = submit(database, TINY)
    unequipped = make(executor, Unequipped())
    for _ in range(5):
        unequipped._next_look = 0.0
        unequipped.turn()
    assert "No module named 'botorch'" in (get(database, search_id).waiting or "")
    run(make(executor), database, search_id)
