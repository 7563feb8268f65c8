"""The durable loop, on both databases, with scripted trials in this process."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

import searchsvc.local
from searchsvc import kinds
from searchsvc.metrics.names import ACCURACY
from searchsvc.service.audit import audit
from searchsvc.store.control import leases, results, searches
from searchsvc.store.db import Database, now
from searchsvc.store.tables import ArchitectureParameter, Candidate, LayerCost, Report, Search, Trial
from searchsvc.store.views import boards, stored, trials
from searchsvc.training.scripted import SCRIPTED
from spaces.errors import ConflictError
from tests.specs import TINY, TINY_HETEROGENEITY, TINY_SWEEP
from tests.workers.driving import get, run, submit
from tests.workers.inline import InlineExecutor, Make


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


def test_a_search_gives_what_the_same_search_in_one_process_gives(
    database: Database, executor: InlineExecutor, make: Make
) -> None:
    search_id = submit(database)
    run(make(executor), database, search_id)
    local = searchsvc.local.run(TINY)
    assert scores(database, search_id) == {i: trial.result.metrics[ACCURACY] for i, trial in enumerate(local.trials)}
    with database.read() as session:
        search = searches.get(session, search_id)
        best, _ = boards.best(session, search_id)
        assert session.scalar(select(func.count()).select_from(Report)) == 9 * 2
        assert session.scalar(select(func.count()).select_from(ArchitectureParameter)) == 2 * 2
        assert session.scalar(select(func.count()).select_from(LayerCost)) == 9 * 5
    assert local.conclusion and search.conclusion
    assert search.conclusion["comparisons"] == local.conclusion["comparisons"]
    assert best.candidate.configuration == local.best().model_dump(mode="json")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("spec", [TINY, TINY_SWEEP, TINY_HETEROGENEITY], ids=lambda spec: spec["kind"])
def test_so_does_one_whose_trials_train(
    training: None, database: Database, executor: InlineExecutor, make: Make, spec: dict[str, Any]
) -> None:
    search_id = submit(database, spec)
    run(make(executor), database, search_id)
    metric, golden = kinds.read(spec).objective.metric, searchsvc.local.run(spec).trials
    assert scores(database, search_id) == {i: trial.result.metrics[metric] for i, trial in enumerate(golden)}
    assert not any(trial.result.data_hash == SCRIPTED for trial in golden)


@pytest.mark.parametrize("metric", ["energy", "sops"])
def test_an_objective_that_epochs_do_not_report_needs_no_scheduler(
    database: Database, executor: InlineExecutor, metric: str, make: Make
) -> None:
    search_id = submit(database, objective={"metric": metric})
    run(make(executor), database, search_id)
    local = searchsvc.local.run({**TINY, "objective": {"metric": metric}})
    assert scores(database, search_id) == {i: trial.result.metrics[metric] for i, trial in enumerate(local.trials)}


def test_a_lost_runners_search_goes_on_from_the_rows_and_no_recorded_trial_runs_again(
    database: Database, executor: InlineExecutor, tmp_path: Path, make: Make
) -> None:
    search_id = submit(database)
    first = make(executor)
    while sum(score is not None for score in scores(database, search_id).values()) < 4:
        first.turn()
    before = {n: s for n, s in scores(database, search_id).items() if s is not None}
    interrupted = {busy.work.number for busy in executor.busy.values()}
    assert interrupted
    expire(database, search_id)
    second = InlineExecutor(tmp_path / "store")
    run(make(second), database, search_id)
    after = scores(database, search_id)
    assert before.items() <= after.items() and len(after) == 9
    assert not before.keys() & {number for number, _ in second.steps}
    assert all(after[i] == t.result.metrics[ACCURACY] for i, t in enumerate(searchsvc.local.run(TINY).trials))
    first.turn()  # the old runner wakes up: everything it writes is void
    assert scores(database, search_id) == after and executor.stopped


def test_a_trial_whose_worker_dies_runs_again_to_the_same_result(
    database: Database, executor: InlineExecutor, make: Make
) -> None:
    executor.lose = {1, 3}
    search_id = submit(database)
    run(make(executor), database, search_id)
    with database.read() as session:
        trials = session.scalars(select(Trial).order_by(Trial.number)).all()
    assert [t.attempt for t in trials[:5]] == [1, 2, 1, 2, 1]
    assert [t.score for t in trials] == [t.result.metrics[ACCURACY] for t in searchsvc.local.run(TINY).trials]


def test_one_failed_trial_ends_the_search_with_its_error(
    database: Database, executor: InlineExecutor, make: Make
) -> None:
    executor.fail = {2}
    search_id = submit(database, max_failed_trials=0)
    run(make(executor), database, search_id, to=("failed",))
    with database.read() as session:
        error = searches.get(session, search_id).error
        found = states(session, search_id)
    assert error and "ValueError: on purpose" in error
    assert found["failed"] == 1 and not found.get("running")


def test_allowed_failures_leave_the_rest_of_the_search(
    database: Database, executor: InlineExecutor, make: Make
) -> None:
    executor.fail = {2}
    search_id = submit(database, max_failed_trials=1)
    run(make(executor), database, search_id)
    with database.read() as session:
        assert states(session, search_id) == {"done": 8, "failed": 1}


def test_without_its_super_network_a_search_fails(database: Database, executor: InlineExecutor, make: Make) -> None:
    executor.fail = {0}
    search_id = submit(database, max_failed_trials=5)
    run(make(executor), database, search_id, to=("failed",))
    with database.read() as session:
        assert "could not go on" in (searches.get(session, search_id).error or "")


def test_a_cancelled_search_stops_its_running_trials(database: Database, executor: InlineExecutor, make: Make) -> None:
    search_id = submit(database)
    runner = make(executor)
    while len(executor.busy) < 2:
        runner.turn()
    with database.write() as session:
        searches.cancel(session, search_id)
    runner._next_look = 0.0
    runner.turn()
    assert get(database, search_id).state == "cancelled" and executor.stopped == [0, 1] and not executor.busy
    with database.read() as session:
        assert states(session, search_id) == {"cancelled": 2}


def test_two_searches_share_the_slots_and_max_concurrent_holds(database: Database, tmp_path: Path, make: Make) -> None:
    executor = InlineExecutor(tmp_path, slots=4)
    first, second = submit(database), submit(database, max_concurrent=1)
    runner = make(executor)
    while len(executor.busy) < 4:
        runner.turn()
        time.sleep(0.05)
    assert [len(owned.running) for owned in runner.owned.values()] == [3, 1]
    run(runner, database, first, second)
    assert scores(database, first) == scores(database, second)


def test_a_runner_that_stops_hands_its_searches_on_at_once_and_their_trials_go_on_from_checkpoints(
    database: Database, executor: InlineExecutor, tmp_path: Path, make: Make
) -> None:
    search_id = submit(database, training={"epochs": 6})
    runner = make(executor, lease_seconds=3600.0)
    while (1, 3) not in executor.steps:
        runner.turn()
    runner.close()
    second = InlineExecutor(tmp_path / "store")
    run(make(second), database, search_id)
    assert (1, 3) not in second.steps and (1, 4) in second.steps
    golden = searchsvc.local.run({**TINY, "training": {"epochs": 6}}).trials
    assert scores(database, search_id) == {i: t.result.metrics[ACCURACY] for i, t in enumerate(golden)}
    with database.read() as session:
        trial = session.scalars(select(Trial).where(Trial.number == 1)).one()
        assert trial.attempt == 2 and [r.step for r in trials.reports(session, trial)] == [1, 2, 3, 4, 5, 6]
        kept = stored.artifact_paths(session)
    store = tmp_path / "store"
    files = {str(p.relative_to(store)) for p in store.rglob("*") if p.is_file()}
    assert files == kept and all(path.endswith("weights.safetensors") for path in kept)


def test_every_suggestion_recomputes_from_the_rows_and_a_changed_row_is_found(
    database: Database, executor: InlineExecutor, make: Make
) -> None:
    search_id = submit(database)
    run(make(executor), database, search_id)
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
    database: Database, executor: InlineExecutor, make: Make
) -> None:
    search_id = submit(database)
    run(make(executor), database, search_id)
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
    database: Database, executor: InlineExecutor, make: Make
) -> None:
    search_id = submit(database, training={"epochs": 6})
    runner = make(executor)
    while (1, 2) not in executor.steps:
        runner.turn()
    with database.write() as session:
        searches.pause(session, search_id)
    run(runner, database, search_id, to=("paused",))
    assert executor.stopped and not executor.busy and not runner.owned
    before = len(executor.steps)
    for _ in range(3):
        runner.turn()
    assert len(executor.steps) == before
    with database.write() as session:
        searches.resume(session, search_id)
    run(runner, database, search_id)
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
    database: Database, executor: InlineExecutor, tmp_path: Path, make: Make
) -> None:
    changes = {"training": {"epochs": 4}, "scheduler": {"name": "asha", "reduction_factor": 2}, "max_concurrent": 1}
    whole, cut = submit(database, **changes), submit(database, **changes)
    executor.cpus = 1
    runner = make(executor)
    while sum(s is not None for s in scores(database, cut).values()) < 3:
        runner.turn()
    for search_id in (whole, cut):
        expire(database, search_id)
    run(make(InlineExecutor(tmp_path / "store")), database, whole, cut)
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
    database: Database, executor: InlineExecutor, monkeypatch: pytest.MonkeyPatch, make: Make
) -> None:
    record, busy, rows = results.record, [], []

    def watched(session: Session, lease: leases.Lease, steps: Sequence[results.Stepped]) -> list[str]:
        if any(stepped.is_last for stepped in steps):
            busy.append(len(executor.busy))
            rows.append(session.scalar(select(func.count()).select_from(Trial).where(Trial.state == "running")))
        return record(session, lease, steps)

    monkeypatch.setattr(results, "record", watched)
    search_id = submit(database, budget={"trials": 19})
    run(make(executor), database, search_id)
    assert Counter(busy)[2] > len(busy) / 2  # both slots are taken already
    assert max(rows) == 3  # two that run, and the one whose result is being written
