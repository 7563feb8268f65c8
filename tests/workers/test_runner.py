"""The durable loop, on both databases, with training in this process."""

import json
import math
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

import searchsvc.local
from searchsvc import jobs
from searchsvc.audit import audit
from searchsvc.db import Database, now
from searchsvc.models import ArchitectureParameter, Candidate, Event, LayerCost, Report, Search, Trial
from searchsvc.repo import boards, results, runs, searches
from searchsvc.repo.runs import Question, Work
from searchsvc.strategy import Suggestion
from spaces.errors import ConflictError
from tests.faults.rows import load
from tests.specs import TINY
from tests.workers.inline import InlineAsker, InlineExecutor, lose_answers
from workers.asker import Asker, ProcessAsker
from workers.executor import ExecutorLost, Happening
from workers.runner import Runner

RUNNERS: list[Runner] = []


@pytest.fixture(autouse=True)
def close_runners() -> Iterator[None]:
    yield
    while RUNNERS:
        RUNNERS.pop().close()


def make(
    database: Database, executor: InlineExecutor, lease_seconds: float = 30.0, asker: Asker | None = None
) -> Runner:
    asker = asker or InlineAsker()
    RUNNERS.append(Runner(database, executor, lease_seconds, str(executor.store), asker))
    return RUNNERS[-1]


@pytest.fixture
def executor(tmp_path: Path) -> InlineExecutor:
    return InlineExecutor(tmp_path / "store")


def submit(database: Database, **changes: Any) -> UUID:
    with database.write() as session:
        return searches.submit(session, jobs.read({**TINY, **changes})).id


def state(database: Database, search_id: UUID) -> str:
    with database.read() as session:
        return searches.get(session, search_id).state


def run_until(runner: Runner, database: Database, *searches: UUID, states: tuple[str, ...] = ("succeeded",)) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        runner.turn()
        if all(state(database, search_id) in states for search_id in searches):
            return
    raise AssertionError("the search did not end")


def states(session: Session, search_id: UUID) -> dict[str, int]:
    """How many trials are in each state."""
    query = select(Trial.state, func.count()).where(Trial.search_id == search_id).group_by(Trial.state)
    return dict(session.execute(query).all())


def scores(database: Database, search_id: UUID) -> dict[int, float | None]:
    with database.read() as session:
        trials = session.scalars(select(Trial).where(Trial.search_id == search_id)).all()
        return {trial.number: trial.score for trial in trials}


def expire(database: Database, search_id: UUID) -> None:
    with database.write() as session:
        session.execute(update(Search).where(Search.id == search_id).values(lease_until=now() - 1))


def test_a_search_gives_what_the_same_search_in_one_process_gives(database: Database, executor: InlineExecutor) -> None:
    search_id = submit(database)
    run_until(make(database, executor), database, search_id)
    local = searchsvc.local.run(TINY)
    assert scores(database, search_id) == {i: trial.result.validation_accuracy for i, trial in enumerate(local.trials)}
    with database.read() as session:
        search = searches.get(session, search_id)
        best, _ = boards.best(session, search_id, seeds=2)
        assert session.scalar(select(func.count()).select_from(Report)) == 9 * 2
        assert session.scalar(select(func.count()).select_from(ArchitectureParameter)) == 2 * 2
        assert session.scalar(select(func.count()).select_from(LayerCost)) == 9 * 5
    assert local.conclusion and search.conclusion
    assert search.conclusion["comparisons"] == local.conclusion["comparisons"]
    assert best.candidate.configuration == local.best().model_dump(mode="json")


@pytest.mark.parametrize("metric", ["energy", "sops"])
def test_an_objective_that_epochs_do_not_report_needs_no_scheduler(
    database: Database, executor: InlineExecutor, metric: str
) -> None:
    search_id = submit(database, objective={"metric": metric})
    run_until(make(database, executor), database, search_id)
    local = searchsvc.local.run({**TINY, "objective": {"metric": metric}})
    assert scores(database, search_id) == {i: trial.result.costs[metric] for i, trial in enumerate(local.trials)}


def test_a_lost_runners_search_goes_on_from_the_rows_and_no_recorded_trial_runs_again(
    database: Database, executor: InlineExecutor, tmp_path: Path
) -> None:
    search_id = submit(database)
    first = make(database, executor)
    while sum(score is not None for score in scores(database, search_id).values()) < 4:
        first.turn()
    before = {n: s for n, s in scores(database, search_id).items() if s is not None}
    interrupted = {work.number for work, _ in executor.running.values()}
    assert interrupted
    expire(database, search_id)
    second = InlineExecutor(tmp_path / "store")
    run_until(make(database, second), database, search_id)
    after = scores(database, search_id)
    assert before.items() <= after.items() and len(after) == 9
    assert not before.keys() & {number for number, _ in second.steps}
    assert all(after[i] == t.result.validation_accuracy for i, t in enumerate(searchsvc.local.run(TINY).trials))
    first.turn()  # the old runner wakes up: everything it writes is void
    assert scores(database, search_id) == after and executor.stopped


def test_a_trial_whose_worker_dies_runs_again_to_the_same_result(database: Database, executor: InlineExecutor) -> None:
    executor.lose = {1, 3}
    search_id = submit(database)
    run_until(make(database, executor), database, search_id)
    with database.read() as session:
        trials = session.scalars(select(Trial).order_by(Trial.number)).all()
    assert [t.attempt for t in trials[:5]] == [1, 2, 1, 2, 1]
    assert [t.score for t in trials] == [t.result.validation_accuracy for t in searchsvc.local.run(TINY).trials]


def test_one_failed_trial_ends_the_search_with_its_error(database: Database, executor: InlineExecutor) -> None:
    executor.fail = {2}
    search_id = submit(database)
    run_until(make(database, executor), database, search_id, states=("failed",))
    with database.read() as session:
        error = searches.get(session, search_id).error
        found = states(session, search_id)
    assert error and "ValueError: on purpose" in error
    assert found["failed"] == 1 and not found.get("running")


def test_allowed_failures_leave_the_rest_of_the_search(database: Database, executor: InlineExecutor) -> None:
    executor.fail = {2}
    search_id = submit(database, max_failed_trials=1)
    run_until(make(database, executor), database, search_id)
    with database.read() as session:
        assert states(session, search_id) == {"done": 8, "failed": 1}


def test_without_its_super_network_a_search_fails(database: Database, executor: InlineExecutor) -> None:
    executor.fail = {0}
    search_id = submit(database, max_failed_trials=5)
    run_until(make(database, executor), database, search_id, states=("failed",))
    with database.read() as session:
        assert "could not go on" in (searches.get(session, search_id).error or "")


def test_a_cancelled_search_stops_its_running_trials(database: Database, executor: InlineExecutor) -> None:
    search_id = submit(database)
    runner = make(database, executor)
    while len(executor.running) < 2:
        runner.turn()
    with database.write() as session:
        searches.cancel(session, search_id)
    runner._next_look = 0.0
    runner.turn()
    assert state(database, search_id) == "cancelled" and executor.stopped == [0, 1] and not executor.running
    with database.read() as session:
        assert states(session, search_id) == {"cancelled": 2}


def test_two_searches_share_the_slots_and_max_concurrent_holds(database: Database, tmp_path: Path) -> None:
    executor = InlineExecutor(tmp_path, slots=4)
    first, second = submit(database), submit(database, max_concurrent=1)
    runner = make(database, executor)
    while len(executor.running) < 4:
        runner.turn()
        time.sleep(0.05)
    assert [len(owned.running) for owned in runner.owned.values()] == [3, 1]
    run_until(runner, database, first, second)
    assert scores(database, first) == scores(database, second)


def test_a_runner_that_stops_hands_its_searches_on_at_once_and_their_trials_go_on_from_checkpoints(
    database: Database, executor: InlineExecutor, tmp_path: Path
) -> None:
    search_id = submit(database, training={"epochs": 6})
    runner = make(database, executor, lease_seconds=3600.0)
    while (1, 3) not in executor.steps:
        runner.turn()
    runner.close()
    second = InlineExecutor(tmp_path / "store")
    run_until(make(database, second), database, search_id)
    assert (1, 3) not in second.steps and (1, 4) in second.steps
    golden = searchsvc.local.run({**TINY, "training": {"epochs": 6}}).trials
    assert scores(database, search_id) == {i: t.result.validation_accuracy for i, t in enumerate(golden)}
    with database.read() as session:
        trial = session.scalars(select(Trial).where(Trial.number == 1)).one()
        assert trial.attempt == 2 and [r.step for r in boards.reports(session, trial)] == [1, 2, 3, 4, 5, 6]
        kept = boards.artifact_paths(session)
    store = tmp_path / "store"
    files = {str(p.relative_to(store)) for p in store.rglob("*") if p.is_file()}
    assert files == kept and all(path.endswith("weights") for path in kept)


def test_every_suggestion_recomputes_from_the_rows_and_a_changed_row_is_found(
    database: Database, executor: InlineExecutor
) -> None:
    search_id = submit(database)
    run_until(make(database, executor), database, search_id)
    with database.read() as session:
        assert audit(session, search_id) == (9, [])
    with database.write() as session:
        session.execute(update(Trial).where(Trial.number == 4).values(seed=77))
        session.execute(update(Trial).where(Trial.number == 8).values(asked_after=0))
    with database.read() as session:
        assert audit(session, search_id) == (
            9,
            ["trial 4: seed: stored 77, made again 1", "trial 8: stored, but nothing would be suggested"],
        )


def written_by_0_1_0(stored: Any, height: float = 1.0) -> Any:
    """Release 0.1.0 knew one surrogate, the triangle, and wrote its height."""
    if isinstance(stored, dict):
        return {k: height if k == "surrogate" else written_by_0_1_0(v, height) for k, v in stored.items()}
    return [written_by_0_1_0(v, height) for v in stored] if isinstance(stored, list) else stored


def test_a_search_stored_by_0_1_0_recomputes_and_a_changed_surrogate_is_found(
    database: Database, executor: InlineExecutor
) -> None:
    search_id = submit(database)
    run_until(make(database, executor), database, search_id)
    with database.write() as session:
        search = session.get_one(Search, search_id)
        search.spec = written_by_0_1_0(search.spec)
        for candidate in session.scalars(select(Candidate)).all():
            candidate.configuration = written_by_0_1_0(candidate.configuration)
            assert '"surrogate": 1.0' in json.dumps(candidate.configuration)
    with database.read() as session:
        assert audit(session, search_id) == (9, [])
    with database.write() as session:
        for candidate in session.scalars(select(Candidate).where(Candidate.label == "all LIF")).all():
            candidate.configuration = written_by_0_1_0(candidate.configuration, height=2.0)
    with database.read() as session:
        _, found = audit(session, search_id)
    assert len(found) == 4  # two trials of two layers
    assert "trial 1: configuration.neurons.0.surrogate.height: stored 2.0, made again 1.0" in found


def test_a_paused_search_stops_and_goes_on_from_its_checkpoints_when_resumed(
    database: Database, executor: InlineExecutor
) -> None:
    search_id = submit(database, training={"epochs": 6})
    runner = make(database, executor)
    while (1, 2) not in executor.steps:
        runner.turn()
    with database.write() as session:
        searches.pause(session, search_id)
    run_until(runner, database, search_id, states=("paused",))
    assert executor.stopped and not executor.running and not runner.owned
    before = len(executor.steps)
    for _ in range(3):
        runner.turn()
    assert len(executor.steps) == before
    with database.write() as session:
        searches.resume(session, search_id)
    run_until(runner, database, search_id)
    assert executor.steps.count((1, 1)) == executor.steps.count((1, 2)) == 1


def test_pause_and_resume_refuse_what_makes_no_sense(database: Database) -> None:
    search_id = submit(database)
    with database.write() as session, pytest.raises(ConflictError, match="only a paused one"):
        searches.resume(session, search_id)
    with database.write() as session:
        assert searches.pause(session, search_id).state == "paused"
        assert searches.resume(session, search_id).state == "queued"
        searches.pause(session, search_id)
        assert searches.cancel(session, search_id).state == "cancelled"
    with database.write() as session, pytest.raises(ConflictError, match="only a running one"):
        searches.pause(session, search_id)


def test_asha_ends_poor_trials_early_and_a_second_runner_decides_as_the_first_would_have(
    database: Database, executor: InlineExecutor, tmp_path: Path
) -> None:
    changes = {"training": {"epochs": 4}, "scheduler": {"name": "asha", "reduction_factor": 2}, "max_concurrent": 1}
    whole, cut = submit(database, **changes), submit(database, **changes)
    executor.slots = 1
    runner = make(database, executor)
    while sum(s is not None for s in scores(database, cut).values()) < 3:
        runner.turn()
    for search_id in (whole, cut):
        expire(database, search_id)
    run_until(make(database, InlineExecutor(tmp_path / "store")), database, whole, cut)
    with database.read() as session:
        states = {
            i: [t.state for t in session.scalars(select(Trial).where(Trial.search_id == i).order_by(Trial.number))]
            for i in (whole, cut)
        }
        pruned = session.scalars(select(Trial).where(Trial.state == "pruned")).all()
        decisions = session.scalars(select(Report.decision).where(Report.trial_id == pruned[0].id)).all()
    assert states[whole] == states[cut] and set(states[whole]) == {"done", "pruned"}
    assert decisions[-1] == "stop" and pruned[0].score is None and pruned[0].tell_no is None


def test_a_worker_goes_on_with_the_next_trial_before_its_result_is_written(
    database: Database, executor: InlineExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, busy, rows = results.record, [], []

    def watched(session: Session, lease: runs.Lease, steps: Sequence[results.Stepped]) -> list[str]:
        if any(stepped.is_last for stepped in steps):
            busy.append(len(executor.running))
            rows.append(session.scalar(select(func.count()).select_from(Trial).where(Trial.state == "running")))
        return record(session, lease, steps)

    monkeypatch.setattr(results, "record", watched)
    search_id = submit(database, budget={"trials": 19})
    run_until(make(database, executor), database, search_id)
    assert Counter(busy)[2] > len(busy) / 2  # both slots are taken already
    assert max(rows) == 3  # two that run, and the one whose result is being written


class FailingAsker(InlineAsker):
    """Knows nothing to say from a trial on."""

    def __init__(self, number: int) -> None:
        self.number = number

    def ask(self, question: Question) -> "Future[list[Suggestion]]":
        if question.number < self.number:
            return super().ask(question)
        failed: Future[list[Suggestion]] = Future()
        failed.set_exception(ZeroDivisionError("on purpose"))
        return failed


@pytest.mark.parametrize("slots", [1, 2])
def test_what_runs_is_recorded_before_a_strategy_that_fails_ends_its_search(
    database: Database, tmp_path: Path, slots: int
) -> None:
    search_id = submit(database)
    executor = InlineExecutor(tmp_path / "store", slots)
    run_until(make(database, executor, asker=FailingAsker(3)), database, search_id, states=("failed",))
    with database.read() as session:
        assert states(session, search_id) == {"done": 3}
        assert searches.get(session, search_id).error == "the strategy failed: ZeroDivisionError: on purpose"


def test_an_executor_that_is_lost_while_a_trial_starts_is_not_its_fault(
    database: Database, executor: InlineExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*arguments: Any) -> None:
        raise ExecutorLost

    search_id = submit(database)
    runner = make(database, executor)
    while len(executor.steps) < 4:
        runner.turn()
    monkeypatch.setattr(executor, "start", lost)
    with pytest.raises(ExecutorLost):
        run_until(runner, database, search_id)
    with database.read() as session:
        assert searches.get(session, search_id).state == "running" and "failed" not in states(session, search_id)


def test_a_search_ends_although_others_hold_all_slots(database: Database, executor: InlineExecutor) -> None:
    first, second = submit(database), submit(database)
    poll = executor.poll

    def without_second(timeout: float) -> list[Happening]:
        """Its trials take for ever."""
        held = {trial: run for trial, run in executor.running.items() if executor.search_of[trial] == second}
        for trial in held:
            del executor.running[trial]
        try:
            return poll(timeout)
        finally:
            executor.running.update(held)

    executor.poll = without_second  # type: ignore[method-assign]
    executor.slots = 4
    runner = make(database, executor)
    while not any(search == second for search in executor.search_of.values()):
        runner.turn()
    run_until(runner, database, first)
    assert state(database, second) == "running"


def test_trials_at_once_are_never_more_than_the_user_allows(
    database: Database, executor: InlineExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, rows = runs.ask, []

    def watched(session: Session, *arguments: Any, **keywords: Any) -> list[Work]:
        begun = ask(session, *arguments, **keywords)
        rows.append(session.scalar(select(func.count()).select_from(Trial).where(Trial.state == "running")))
        return begun

    monkeypatch.setattr(runs, "ask", watched)
    search_id = submit(database, max_concurrent=1)
    run_until(make(database, executor), database, search_id)
    assert max(rows) == 1


def test_a_step_beyond_its_deadline_is_a_lost_worker(database: Database, executor: InlineExecutor) -> None:
    search_id = submit(database, step_deadline=0.2)
    runner = make(database, executor)
    while len(executor.running) < 2:
        runner.turn()
    time.sleep(0.3)
    runner._next_look = 0.0
    runner.turn()
    with database.read() as session:
        lost = session.scalars(select(Event).where(Event.kind == "trial_lost")).all()
    assert lost and all("step_deadline" in event.body["reason"] for event in lost)
    assert set(executor.stopped) == {0, 1} and state(database, search_id) == "running"


def test_a_runner_unsure_of_its_lease_starts_nothing(database: Database, executor: InlineExecutor) -> None:
    submit(database)
    runner = make(database, executor)
    runner._look()
    for owned in runner.owned.values():
        owned.renewed -= 25.0
    for _ in range(20):
        runner._start()
        runner._ask_ahead()
        time.sleep(0.05)
    assert not executor.running and runner.owned


def test_trials_started_together_with_one_that_ends_the_search_do_not_run(
    database: Database, executor: InlineExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = executor.start

    def fussy(work: Work, *arguments: Any) -> None:
        if work.number == 0:
            raise ValueError("on purpose")
        start(work, *arguments)

    monkeypatch.setattr(executor, "start", fussy)
    search_id = submit(database)
    run_until(make(database, executor), database, search_id, states=("failed",))
    with database.read() as session:
        assert states(session, search_id) == {"failed": 1, "cancelled": 1}
    assert not executor.running


def test_a_lost_executor_hands_its_searches_back(database: Database, executor: InlineExecutor, tmp_path: Path) -> None:
    search_id = submit(database)
    runner = make(database, executor, lease_seconds=3600.0)
    while not executor.running:
        runner.turn()
    executor.dead = True
    with pytest.raises(ExecutorLost):
        runner.run()
    run_until(make(database, InlineExecutor(tmp_path / "store")), database, search_id)


def test_a_commit_whose_answer_was_lost_is_neither_doubled_nor_forgotten(
    database: Database, executor: InlineExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    search_id = submit(database)
    runner = make(database, executor)
    lose_answers(database, monkeypatch)
    run_until(runner, database, search_id)
    golden = searchsvc.local.run(TINY).trials
    assert scores(database, search_id) == {i: t.result.validation_accuracy for i, t in enumerate(golden)}
    with database.read() as session:
        assert states(session, search_id) == {"done": 9}
        assert audit(session, search_id) == (9, [])


def test_a_dead_asker_is_replaced(database: Database, executor: InlineExecutor) -> None:
    search_id = submit(database)
    asker = ProcessAsker()
    runner = make(database, executor, asker=asker)
    while not asker._pool._processes:
        runner.turn()
    for process in list(asker._pool._processes.values()):
        process.kill()
    run_until(runner, database, search_id)


def test_a_strategy_that_fails_ends_its_search_and_so_does_a_specification_that_cannot_be_read(
    database: Database, executor: InlineExecutor
) -> None:
    class Failing(InlineAsker):
        def ask(self, question: runs.Question) -> "Future[list[Suggestion]]":
            future: Future[list[Suggestion]] = Future()
            future.set_exception(ZeroDivisionError("on purpose"))
            return future

    broken, unreadable = submit(database), submit(database)
    with database.write() as session:
        session.execute(update(Search).where(Search.id == unreadable).values(spec={"kind": "forgotten"}))
    run_until(make(database, executor, asker=Failing()), database, broken, unreadable, states=("failed",))
    with database.read() as session:
        assert "ZeroDivisionError: on purpose" in (searches.get(session, broken).error or "")
        assert "got 'forgotten'" in (searches.get(session, unreadable).error or "")


def test_the_sweep_takes_old_files_of_ended_and_deleted_searches_alone(
    database: Database, executor: InlineExecutor
) -> None:
    ended, deleted, queued = submit(database), submit(database), submit(database)
    runner = make(database, executor)
    run_until(runner, database, ended, deleted, queued)
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
        (executor.store / path).parent.mkdir(parents=True, exist_ok=True)
        (executor.store / path).write_text("x")
    past = time.time() - 3600
    for file in executor.store.rglob("*"):
        if file.name != "new":
            os.utime(file, (past, past))
    runner._sweep()
    with database.read() as session:
        kept = boards.artifact_paths(session)
    left = {str(file.relative_to(executor.store)) for file in executor.store.rglob("*") if file.is_file()}
    assert left == kept | {*strangers, orphans[1]}


def test_events_of_a_whole_search_are_gap_free(database: Database, executor: InlineExecutor) -> None:
    search_id = submit(database)
    run_until(make(database, executor), database, search_id)
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
    database: Database, database_url: str, executor: InlineExecutor
) -> None:
    kept, gone = submit(database), submit(database)
    runner = make(database, executor)
    while len({t.number for t, _ in executor.running.values()} | {n for n, _ in executor.steps}) < 2:
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
    run_until(runner, database, kept)


def test_one_that_nobody_holds_is_deleted_at_once_and_its_files_are_swept(
    database: Database, database_url: str, executor: InlineExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    search_id = submit(database)
    runner = make(database, executor)
    run_until(runner, database, search_id)
    assert any(file.is_file() for file in executor.store.rglob("*"))
    assert remove(database, search_id) is None and remove(database, submit(database)) is None
    assert not any(load(database_url)[0].values())
    monkeypatch.setattr("workers.runner.ORPHAN_SECONDS", -1.0)
    runner._next_sweep = 0.0
    runner.turn()
    assert not any(file.is_file() for file in executor.store.rglob("*"))


def test_a_runner_that_wakes_up_after_its_search_was_deleted_lets_it_go(
    database: Database, executor: InlineExecutor
) -> None:
    other, gone = submit(database), submit(database)
    runner = make(database, executor)
    while len(executor.running) < 2:
        runner.turn()
    with database.write() as session:  # as another runner would have, after this one's lease
        session.execute(delete(Search).where(Search.id == gone))
    runner._next_look, runner._next_beat = 0.0, math.inf
    run_until(runner, database, other)
    assert set(runner.owned) <= {other}
