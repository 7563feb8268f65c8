"""The runner's loop when strategies, executors and connections fail, and how searches are swept and deleted."""

import math
import os
import time
from collections import Counter
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

import searchsvc.local
from searchsvc.metrics.names import ACCURACY
from searchsvc.service.audit import audit
from searchsvc.store.control import runs, searches
from searchsvc.store.control.runs import Question, Work
from searchsvc.store.db import Database
from searchsvc.store.tables import Event, Search, Trial
from searchsvc.store.views import stored
from searchsvc.strategy import Suggestion
from spaces.errors import ConflictError
from tests.faults.rows import load
from tests.specs import TINY
from tests.workers.driving import get, run, submit
from tests.workers.inline import InlineAsker, InlineExecutor, Make, lose_answers
from tests.workers.runner.test_loop import scores, states
from workers.executors.protocol import ExecutorLost, Happening
from workers.runner.asker import ProcessAsker


class FailingAsker(InlineAsker):
    """Knows nothing to say from a trial on."""

    def __init__(self, number: int) -> None:
        self.number = number

    def ask(self, question: Question) -> "Future[list[Suggestion]]":
        if len(question.asked) < self.number:
            return super().ask(question)
        failed: Future[list[Suggestion]] = Future()
        failed.set_exception(ZeroDivisionError("on purpose"))
        return failed


@pytest.mark.parametrize("slots", [1, 2])
def test_what_runs_is_recorded_before_a_strategy_that_fails_ends_its_search(
    database: Database, tmp_path: Path, slots: int, make: Make
) -> None:
    search_id = submit(database)
    executor = InlineExecutor(tmp_path / "store", slots)
    run(make(executor, asker=FailingAsker(3)), database, search_id, to=("failed",))
    with database.read() as session:
        assert states(session, search_id) == {"done": 3}
        assert searches.get(session, search_id).error == "the strategy failed: ZeroDivisionError: on purpose"


def test_an_executor_that_is_lost_while_a_trial_starts_is_not_its_fault(
    database: Database, executor: InlineExecutor, monkeypatch: pytest.MonkeyPatch, make: Make
) -> None:
    def lost(*arguments: Any) -> None:
        raise ExecutorLost

    search_id = submit(database)
    runner = make(executor)
    while len(executor.steps) < 4:
        runner.turn()
    monkeypatch.setattr(executor, "start", lost)
    with pytest.raises(ExecutorLost):
        run(runner, database, search_id)
    with database.read() as session:
        assert searches.get(session, search_id).state == "running" and "failed" not in states(session, search_id)


def test_a_search_ends_although_others_hold_all_slots(database: Database, executor: InlineExecutor, make: Make) -> None:
    first, second = submit(database), submit(database)
    poll = executor.poll

    def without_second(timeout: float) -> list[Happening]:
        """Its trials take for ever."""
        executor.due = {trial: due for trial, due in executor.due.items() if executor.search_of[trial] != second}
        return poll(timeout)

    executor.poll = without_second  # type: ignore[method-assign]
    executor.cpus = 4
    runner = make(executor)
    while not any(search == second for search in executor.search_of.values()):
        runner.turn()
    run(runner, database, first)
    assert get(database, second).state == "running"


def test_trials_at_once_are_never_more_than_the_user_allows(
    database: Database, executor: InlineExecutor, monkeypatch: pytest.MonkeyPatch, make: Make
) -> None:
    ask, rows = runs.ask, []

    def watched(session: Session, *arguments: Any, **keywords: Any) -> list[Work]:
        begun = ask(session, *arguments, **keywords)
        rows.append(session.scalar(select(func.count()).select_from(Trial).where(Trial.state == "running")))
        return begun

    monkeypatch.setattr(runs, "ask", watched)
    search_id = submit(database, max_concurrent=1)
    run(make(executor), database, search_id)
    assert max(rows) == 1


def test_a_step_beyond_its_deadline_is_a_lost_worker(database: Database, executor: InlineExecutor, make: Make) -> None:
    search_id = submit(database, step_deadline=0.2)
    runner = make(executor)
    while len(executor.busy) < 2:
        runner.turn()
    time.sleep(0.3)
    runner._next_look = 0.0
    runner.turn()
    with database.read() as session:
        lost = session.scalars(select(Event).where(Event.kind == "trial_lost")).all()
    assert lost and all("step_deadline" in event.body["reason"] for event in lost)
    assert set(executor.stopped) == {0, 1} and get(database, search_id).state == "running"


def test_a_runner_unsure_of_its_lease_starts_nothing(database: Database, executor: InlineExecutor, make: Make) -> None:
    submit(database)
    runner = make(executor)
    runner._look()
    for owned in runner.owned.values():
        owned.renewed -= 25.0
    for _ in range(20):
        runner._start()
        runner.asking.ahead()
        time.sleep(0.05)
    assert not executor.busy and runner.owned


def test_trials_started_together_with_one_that_ends_the_search_do_not_run(
    database: Database, executor: InlineExecutor, monkeypatch: pytest.MonkeyPatch, make: Make
) -> None:
    start = executor.start

    def fussy(work: Work, *arguments: Any) -> None:
        if work.number == 0:
            raise ValueError("on purpose")
        start(work, *arguments)

    monkeypatch.setattr(executor, "start", fussy)
    search_id = submit(database, max_failed_trials=0)
    run(make(executor), database, search_id, to=("failed",))
    with database.read() as session:
        assert states(session, search_id) == {"failed": 1, "cancelled": 1}
    assert not executor.busy


def test_a_lost_executor_hands_its_searches_back(
    database: Database, executor: InlineExecutor, tmp_path: Path, make: Make
) -> None:
    search_id = submit(database)
    runner = make(executor, lease_seconds=3600.0)
    while not executor.busy:
        runner.turn()
    executor.dead = True
    with pytest.raises(ExecutorLost):
        runner.run()
    run(make(InlineExecutor(tmp_path / "store")), database, search_id)


def test_a_commit_whose_answer_was_lost_is_neither_doubled_nor_forgotten(
    database: Database, executor: InlineExecutor, monkeypatch: pytest.MonkeyPatch, make: Make
) -> None:
    search_id = submit(database)
    runner = make(executor)
    lose_answers(database, monkeypatch)
    run(runner, database, search_id)
    golden = searchsvc.local.run(TINY).trials
    assert scores(database, search_id) == {i: t.result.metrics[ACCURACY] for i, t in enumerate(golden)}
    with database.read() as session:
        assert states(session, search_id) == {"done": 9}
        assert audit(session, search_id) == (9, [])


def test_a_dead_asker_is_replaced(database: Database, executor: InlineExecutor, make: Make) -> None:
    search_id = submit(database)
    asker = ProcessAsker()
    runner = make(executor, asker=asker)
    while not asker._pool.processes:
        runner.turn()
    for process in asker._pool.processes:
        process.kill()
    run(runner, database, search_id)


def test_a_strategy_that_fails_ends_its_search_and_a_specification_that_cannot_be_read_waits(
    database: Database, executor: InlineExecutor, make: Make
) -> None:
    class Failing(InlineAsker):
        def ask(self, question: runs.Question) -> "Future[list[Suggestion]]":
            future: Future[list[Suggestion]] = Future()
            future.set_exception(ZeroDivisionError("on purpose"))
            return future

    broken, unreadable = submit(database), submit(database)
    with database.write() as session:
        session.execute(update(Search).where(Search.id == unreadable).values(spec={"kind": "forgotten"}))
    run(make(executor, asker=Failing()), database, broken, to=("failed",))
    with database.read() as session:
        assert "ZeroDivisionError: on purpose" in (searches.get(session, broken).error or "")
        assert "got 'forgotten'" in (searches.get(session, unreadable).waiting or "")


def test_the_sweep_takes_old_files_of_ended_and_deleted_searches_alone(
    database: Database, executor: InlineExecutor, make: Make
) -> None:
    ended, deleted, queued = submit(database), submit(database), submit(database)
    runner = make(executor)
    run(runner, database, ended, deleted, queued)
    with database.write() as session:
        searches.get(session, queued).state = "queued"
        searches.remove(session, deleted)
    strangers = [
        "thesis/chapter.tex",
        "notes.txt",
        f"{uuid4()}/{uuid4()}/1/weights",
        f"{queued}/{uuid4()}/1/checkpoint-1",
    ]
    orphans = [f"{ended}/{uuid4()}/1/checkpoint-1", f"{ended}/{uuid4()}/1/new"]
    for path in strangers + orphans:
        Path(executor.store, path).parent.mkdir(parents=True, exist_ok=True)
        Path(executor.store, path).write_text("x")
    past = time.time() - 3600
    for file in Path(executor.store).rglob("*"):
        if file.name != "new":
            os.utime(file, (past, past))
    runner.sweeping.sweep()
    with database.read() as session:
        kept = stored.artifact_paths(session)
    left = {str(file.relative_to(executor.store)) for file in Path(executor.store).rglob("*") if file.is_file()}
    assert left == kept | {*strangers, orphans[1]}


def test_events_of_a_whole_search_are_gap_free(database: Database, executor: InlineExecutor, make: Make) -> None:
    search_id = submit(database)
    run(make(executor), database, search_id)
    with database.read() as session:
        numbers = session.scalars(select(Event.number).order_by(Event.number)).all()
        count = searches.get(session, search_id).event_count
    assert list(numbers) == list(range(1, count + 1))


def remove(database: Database, search_id: UUID) -> Search | None:
    with database.write() as session:
        return searches.remove(session, search_id)


def exists(database: Database, search_id: UUID) -> bool:
    with database.read() as session:
        return session.get(Search, search_id) is not None


def test_a_running_search_is_deleted_by_its_runner_with_every_row(
    database: Database, database_url: str, executor: InlineExecutor, make: Make
) -> None:
    kept, gone = submit(database), submit(database)
    runner = make(executor)
    while len({busy.work.number for busy in executor.busy.values()} | {n for n, _ in executor.steps}) < 2:
        runner.turn()
    before = Counter({name: len(found) for name, found in load(database_url)[0].items()})
    left = remove(database, gone)
    assert left is not None and left.state == "cancelling"
    for refused in (searches.pause, searches.resume):
        with database.write() as session, pytest.raises(ConflictError):
            refused(session, gone)
    with database.write() as session:
        assert searches.cancel(session, gone).desired == "delete"  # which cancels too, and is not taken back
    runner._next_look = 0.0
    runner.turn()
    assert not exists(database, gone) and exists(database, kept)
    tables, damage = load(database_url)
    assert damage == [] and {row["search_id"] for row in tables["event"]} == {kept.hex}
    assert Counter({name: len(found) for name, found in tables.items()}) < before
    run(runner, database, kept)


def test_one_that_nobody_holds_is_deleted_at_once_and_its_files_are_swept(
    database: Database, database_url: str, executor: InlineExecutor, monkeypatch: pytest.MonkeyPatch, make: Make
) -> None:
    search_id = submit(database)
    runner = make(executor)
    run(runner, database, search_id)
    assert any(file.is_file() for file in Path(executor.store).rglob("*"))
    assert remove(database, search_id) is None and remove(database, submit(database)) is None
    assert not any(load(database_url)[0].values())
    monkeypatch.setattr("workers.runner.sweeping.ORPHAN_SECONDS", -1.0)
    runner.sweeping._next = 0.0
    runner.turn()
    assert not any(file.is_file() for file in Path(executor.store).rglob("*"))


def test_a_runner_that_wakes_up_after_its_search_was_deleted_lets_it_go(
    database: Database, executor: InlineExecutor, make: Make
) -> None:
    other, gone = submit(database), submit(database)
    runner = make(executor)
    while len(executor.busy) < 2:
        runner.turn()
    with database.write() as session:  # as another runner would have, after this one's lease
        session.execute(delete(Search).where(Search.id == gone))
    runner._next_look, runner._next_beat = 0.0, math.inf
    run(runner, database, other)
    assert set(runner.owned) <= {other}
