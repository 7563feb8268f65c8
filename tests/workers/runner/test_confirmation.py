"""A search's leaders run again on fresh seeds before it ends, whatever happens to its runner."""

from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

import searchsvc.local
from searchsvc import kinds
from searchsvc.service.audit import audit
from searchsvc.store import migrate
from searchsvc.store.check import check
from searchsvc.store.control import history, runs, searches
from searchsvc.store.db import Database, now
from searchsvc.store.tables import Candidate, Search, Trial
from searchsvc.store.views import boards, points
from searchsvc.verdict import leading
from tests.specs import TINY, TINY_HETEROGENEITY, TINY_SWEEP
from tests.workers.driving import ended, get, submit, turn
from tests.workers.inline import InlineExecutor, Make
from workers.runner.loop import Runner
from workers.runner.owned import Owned

SPEC = {**TINY_SWEEP, "confirm": 2, "training": {"epochs": 1, "batch_size": 64}}


def run(runner: Runner, database: Database, search_id: UUID, until: Any = lambda search, trials: False) -> Search:
    """Turn until the search has ended, or `until` of it and its confirming trials."""

    def there() -> bool:
        query = select(Trial).where(Trial.search_id == search_id, Trial.phase == "confirm")
        with database.read() as session:
            return bool(until(searches.get(session, search_id), session.scalars(query).all()))

    turn(runner, lambda: ended(database, search_id) or there())
    return get(database, search_id)


def scores(database: Database, search_id: UUID, phase: str) -> dict[str, dict[int, float | None]]:
    """By candidate and seed."""
    query = select(Candidate.label, Trial.seed, Trial.score).join(Trial, Trial.candidate_id == Candidate.id)
    found: dict[str, dict[int, float | None]] = defaultdict(dict)
    with database.read() as session:
        for label, seed, score in session.execute(query.where(Trial.search_id == search_id, Trial.phase == phase)):
            found[label][seed] = score
    return found


SPECS: dict[str, dict[str, Any]] = {
    "sweep": SPEC,
    "sweep for energy": {**SPEC, "objective": {"metric": "energy"}},
    "points": {**TINY_HETEROGENEITY, "confirm": 2},
    "placement": {**TINY, "confirm": 1},
}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_both_numbers_are_kept_and_the_search_selects_by_its_own(
    database: Database, executor: InlineExecutor, spec: dict[str, Any], make: Make
) -> None:
    search_id = submit(database, spec)
    search = run(make(executor), database, search_id)
    assert (search.state, search.tell_count, search.trial_count) == (
        "succeeded",
        search.total_trials,
        search.total_trials,
    )
    own, fresh = scores(database, search_id, "retrain"), scores(database, search_id, "confirm")
    goal = kinds.read(spec).objective
    ranked = sorted(own, key=lambda label: -goal.sign * fmean(own[label].values()))
    baseline = {label for label in own if label in ("LIF", "as given")}
    assert set(fresh) == {*ranked[: spec["confirm"]], *baseline} or spec["kind"] == "neuron_placement"
    assert len(fresh) == spec["confirm"] + len(baseline - set(ranked[: spec["confirm"]]))
    assert check(database.url.render_as_string(hide_password=False)) == (migrate.head(), [])
    with database.read() as session:
        rows, _ = boards.leaderboard(session, search_id)
        assert audit(session, search_id) == (search.trial_count, [])
    metric = goal.metric
    confirmed = f"{metric}_confirmed" if "/" in metric else f"{metric}/confirmed"
    for row in rows:
        label = row.candidate.label
        assert row.metrics[metric].mean == pytest.approx(fmean(own[label].values()))
        assert row.metrics[metric].n == spec["seeds"]
        assert (confirmed in row.metrics) == (label in fresh)
        if label in fresh:
            assert row.metrics[confirmed].mean == pytest.approx(fmean(fresh[label].values()))
            assert not set(own[label]) & set(fresh[label])
            assert any(name.endswith("/test_confirmed") for name in row.metrics)
    assert [row.rank for row in rows if row.is_best] == [1]
    assert search.standing is not None and search.standing["first"] == rows[0].candidate.label
    if spec["confirm"] == 2:
        assert (search.standing["basis"], set(search.standing["p"])) == (
            "fresh seeds",
            {row.candidate.label for row in rows[:2]},
        )
        assert (rows[1].p_first, rows[1].is_similar) == (
            (p := search.standing["p"][rows[1].candidate.label]),
            p >= 0.05,
        )
    else:  # one alone has fresh seeds; of the same network under two names one is compared
        assert search.standing["basis"] == "search" and len(search.standing["p"]) == 3


def test_the_service_confirms_as_one_process_does(database: Database, executor: InlineExecutor, make: Make) -> None:
    search_id = submit(database, SPEC)
    search = run(make(executor), database, search_id)
    alone = searchsvc.local.run(SPEC)
    fresh = {s.label: s.confirmed for s in alone.samples() if s.confirmed}
    assert {label: tuple(found.values()) for label, found in scores(database, search_id, "confirm").items()} == fresh
    assert search.conclusion is not None and alone.conclusion is not None
    assert search.conclusion["comparisons"] == alone.conclusion["comparisons"]
    sentence = "over 2 fresh seeds"
    assert sentence in search.conclusion["sentence"] and sentence in alone.conclusion["sentence"]


def test_test_metrics_come_with_the_end(database: Database, executor: InlineExecutor, make: Make) -> None:
    search_id = submit(database, SPEC)
    runner = make(executor)
    run(runner, database, search_id, until=lambda search, trials: any(t.state == "done" for t in trials))
    with database.read() as session:
        names = {name for row in boards.leaderboard(session, search_id)[0] for name in row.metrics}
    assert "accuracy/validation_confirmed" in names and not any("/test" in name for name in names)
    run(runner, database, search_id)
    with database.read() as session:
        names = {name for row in boards.leaderboard(session, search_id)[0] for name in row.metrics}
    assert {"accuracy/test", "accuracy/test_confirmed"} <= names


def test_leaders_are_compared_while_trials_end(database: Database, executor: InlineExecutor, make: Make) -> None:
    search_id = submit(database, SPEC, training={"epochs": 3, "batch_size": 64})
    runner = make(executor)
    runner_looks = "workers.runner.loop.LOOK_SECONDS"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner_looks, 0.0)
        search = run(runner, database, search_id, until=lambda search, trials: search.standing is not None)
        assert search.state == "running" and search.standing["basis"] == "search"  # type: ignore[index]
        fresh = run(runner, database, search_id, until=lambda s, trials: s.standing["basis"] == "fresh seeds")
    assert fresh.standing is not None and len(fresh.standing["p"]) >= 1


def test_leaders_of_one_search_are_compared_a_look_and_of_each_in_its_turn(
    database: Database, executor: InlineExecutor, monkeypatch: pytest.MonkeyPatch, make: Make
) -> None:
    made = [submit(database, SPEC) for _ in range(3)]
    runner = make(executor)
    runner.turn()  # claims them
    looks: list[list[UUID]] = []
    compare = runner.ending.compare

    def noted(owned: Owned) -> None:
        looks[-1].append(owned.lease.search_id)
        compare(owned)

    monkeypatch.setattr(runner.ending, "compare", noted)
    for _ in range(6):
        for owned in runner.owned.values():
            owned.version += 1  # as if a trial had ended
        looks.append([])
        runner._look()
    assert [len(look) for look in looks] == [1] * 6
    assert {look[0] for look in looks[:3]} == {look[0] for look in looks[3:]} == set(made)


def test_a_lost_runners_search_confirms_no_leader_twice(database: Database, tmp_path: Path, make: Make) -> None:
    search_id = submit(database, SPEC)
    first = InlineExecutor(tmp_path / "store")
    run(make(first), database, search_id, until=lambda s, trials: any(t.state == "done" for t in trials))
    with database.write() as session:
        session.execute(update(Search).values(lease_until=now() - 1))
    search = run(make(InlineExecutor(tmp_path / "store")), database, search_id)
    assert search.state == "succeeded"
    assert sum(map(len, scores(database, search_id, "confirm").values())) == 4
    with database.read() as session:
        assert audit(session, search_id) == (search.trial_count, [])


def test_recording_them_again_changes_nothing(database: Database, executor: InlineExecutor, make: Make) -> None:
    search_id = submit(database, SPEC)
    runner = make(executor)
    run(runner, database, search_id, until=lambda search, trials: bool(trials))
    lease = runner.owned[search_id].lease
    with database.write() as session:
        runs.confirm(session, lease, [("LIF", 7)])
    search = run(runner, database, search_id)
    assert (search.state, search.trial_count) == ("succeeded", 10)
    assert 7 not in {seed for found in scores(database, search_id, "confirm").values() for seed in found}


def test_a_paused_search_goes_on_confirming(database: Database, executor: InlineExecutor, make: Make) -> None:
    search_id = submit(database, SPEC)
    runner = make(executor)
    run(runner, database, search_id, until=lambda search, trials: bool(trials))
    with database.write() as session:
        searches.pause(session, search_id)
    runner._next_look = 0.0  # before the last trial ends
    run(runner, database, search_id, until=lambda search, trials: search.state == "paused")
    with database.write() as session:
        searches.resume(session, search_id)
    assert run(runner, database, search_id).state == "succeeded"
    assert None not in {s for found in scores(database, search_id, "confirm").values() for s in found.values()}


def test_a_leader_that_fails_then_is_an_allowed_failure_or_the_searchs_end(
    database: Database, executor: InlineExecutor, make: Make
) -> None:
    executor.fail = {6}
    strict = submit(database, SPEC, max_failed_trials=0)
    runner = make(executor)
    assert run(runner, database, strict).state == "failed"
    lenient = submit(database, SPEC, max_failed_trials=1)
    search = run(runner, database, lenient)
    assert search.state == "succeeded" and search.standing is not None
    assert search.standing["basis"] == "search"  # not all leaders have their fresh seeds


def test_an_audit_finds_another_leader_and_another_seed(
    database: Database, executor: InlineExecutor, make: Make
) -> None:
    search_id = submit(database, SPEC)
    run(make(executor), database, search_id)
    with database.write() as session:
        trial = session.scalars(select(Trial).where(Trial.phase == "confirm").limit(1)).one()
        trial.seed += 100
    with database.read() as session:
        assert "confirmed leaders" in audit(session, search_id)[1][0]


def test_an_audit_misses_leaders_that_were_not_confirmed(
    database: Database, executor: InlineExecutor, make: Make
) -> None:
    search_id = submit(database, SPEC)
    run(make(executor), database, search_id)
    with database.write() as session:
        session.execute(delete(Trial).where(Trial.search_id == search_id, Trial.phase == "confirm"))
    with database.read() as session:
        assert "confirmed leaders" in audit(session, search_id)[1][0]


@pytest.mark.parametrize("how", ["cancelled", "failed"])
def test_an_early_end_compares_what_there_is(
    database: Database, executor: InlineExecutor, how: str, make: Make
) -> None:
    """The runner looks at its searches just before the end alone, and so has compared nothing until then."""
    if how == "failed":
        executor.fail = {5}
    search_id = submit(database, SPEC, max_failed_trials=0)
    runner = make(executor)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workers.runner.loop.LOOK_SECONDS", 1e9)
        runner.turn()  # claims it
        run(runner, database, search_id, until=lambda search, trials: search.tell_count >= 5)
    with database.write() as session:
        assert searches.get(session, search_id).standing is None
        if how == "cancelled":
            searches.cancel(session, search_id)
    runner._next_look = 0.0
    search = run(runner, database, search_id)
    assert search.state == how and search.standing is not None
    with database.read() as session:
        leaders, rivals = history.leaders(session, search_id, count=leading.LEADERS + 1)
        job = kinds.read(search.spec)
        assert search.standing == leading.standing(job, leading.leaders(job, leaders), rivals)


def test_fresh_seeds_are_no_observations_of_a_warm_start(
    database: Database, executor: InlineExecutor, make: Make
) -> None:
    spec = {**TINY_HETEROGENEITY, "confirm": 2}
    first = submit(database, spec)
    assert run(make(executor), database, first).state == "succeeded"
    with database.read() as session:
        known = points.known(session, kinds.read({**spec, "seed": 9, "warm_start": [str(first)]})).observations
    own = scores(database, first, "retrain").values()
    assert sorted(len(one["scores"]) for one in known) == sorted(map(len, own))
    assert scores(database, first, "confirm")


def test_a_scheduler_lets_leaders_run_to_their_end(database: Database, executor: InlineExecutor, make: Make) -> None:
    spec = {**SPEC, "training": {"epochs": 2, "batch_size": 64}, "scheduler": {"name": "asha", "reduction_factor": 4}}
    search_id = submit(database, spec, max_failed_trials=5)
    search = run(make(executor), database, search_id)
    with database.read() as session:
        trials = session.scalars(select(Trial).where(Trial.search_id == search.id)).all()
    assert {t.state for t in trials if t.phase == "confirm"} <= {"done"}
    assert "pruned" in {t.state for t in trials}
