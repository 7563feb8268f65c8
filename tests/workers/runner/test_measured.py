"""What a trial says that it measured: refused in one line where nobody can read it, and nothing missing counts as 0."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

import searchsvc.local
from searchsvc import kinds
from searchsvc.metrics.names import ACCURACY
from searchsvc.store.control import history, searches
from searchsvc.store.db import Database
from searchsvc.store.tables import CandidateMetric, Report, Search, Trial
from searchsvc.store.views import boards
from searchsvc.strategy import Outcome
from tests.specs import TINY, TINY_SWEEP
from tests.workers.inline import InlineAsker, InlineExecutor
from workers.executors.protocol import Happening, Stepped
from workers.runner import schedulers
from workers.runner.loop import Runner

SWEEP = {**TINY_SWEEP, "degrees": [1], "seeds": 2, "budget": {"trials": 4}, "max_failed_trials": 1}


class Measuring(InlineExecutor):
    """Its trial number 1 measures something else."""

    changes: dict[str, float | None]

    def poll(self, timeout: float) -> list[Happening]:
        happenings = super().poll(timeout)
        for one in happenings:
            if isinstance(one, Stepped) and one.result is not None and one.work.number == 1:
                metrics = {**one.result["metrics"], **self.changes}
                one.result["metrics"] = {name: value for name, value in metrics.items() if value is not None}
        return happenings


def carry_out(database: Database, executor: InlineExecutor, spec: dict[str, Any]) -> UUID:
    with database.write() as session:
        search_id = searches.submit(session, kinds.read(spec)).id
    runner = Runner(database, executor, 30.0, str(executor.store), InlineAsker())
    while True:
        runner.turn()
        with database.read() as session:
            if searches.get(session, search_id).state in ("succeeded", "failed"):
                return search_id


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"beauty": 1.0}, "metrics: got 'beauty'; declared by tasks and trainings are accuracy/validation, "),
        ({ACCURACY: None}, "but no accuracy/validation, which this search ranks or trades off"),
        ({"energy": float("nan")}, "metrics: got energy nan; give finite numbers"),
    ],
    ids=["undeclared", "missing", "no number"],
)
def test_what_nobody_can_read_fails_its_trial_in_one_line(
    database: Database, tmp_path: Path, changes: dict[str, float | None], said: str
) -> None:
    executor = Measuring(tmp_path / "store")
    executor.changes = changes
    search_id = carry_out(database, executor, SWEEP)
    with database.read() as session:
        search = session.get_one(Search, search_id)
        states = dict(session.execute(select(Trial.number, Trial.state)).all())
        (error,) = session.scalars(select(Trial.error).where(Trial.state == "failed")).all()
        names = set(session.scalars(select(CandidateMetric.metric)))
        rows, _ = boards.leaderboard(session, search_id)
    assert search.state == "succeeded" and search.failed_count == 1
    assert states == {0: "done", 1: "failed", 2: "done", 3: "done"}
    assert said in (error or "") and "\n" not in (error or "")
    assert "beauty" not in names and sorted(row.metrics[ACCURACY].n for row in rows) == [1, 2]


@pytest.mark.usefixtures("training")
def test_a_cost_that_no_super_network_has_can_rank_and_is_not_0(database: Database, tmp_path: Path) -> None:
    """A super neuron gives no plain spikes, so a super network has no firing rate; its candidates have."""
    spec = {**TINY, "objective": {"metric": "firing_rate"}}
    search_id = carry_out(database, InlineExecutor(tmp_path / "store"), spec)
    with database.read() as session:
        scores = dict(session.execute(select(Trial.number, Trial.score)).all())
        first, *others = history.outcomes(session, search_id)
        rows, _ = boards.leaderboard(session, search_id)
    assert scores[0] is None and all(score is not None and score > 0 for n, score in scores.items() if n)
    assert first.score is None and first.ended_well and all(outcome.score for outcome in others)
    means = [row.metrics["firing_rate"].mean for row in rows]
    assert means == sorted(means) and len(means) > 1
    local = searchsvc.local.run(spec)
    assert {i: trial.result.metrics.get("firing_rate") for i, trial in enumerate(local.trials)} == scores


def test_an_outcome_without_score_is_a_failure_unless_it_is_a_super_networks() -> None:
    assert not Outcome(1, None).ended_well
    assert Outcome(0, None, [[0.5, 0.5]]).ended_well and Outcome(1, 0.0).ended_well


def test_reports_of_an_earlier_release_feed_a_scheduler_on_takeover(database: Database, tmp_path: Path) -> None:
    asha = {"name": "asha", "grace_period": 1, "reduction_factor": 2}
    spec = {**SWEEP, "scheduler": asha}
    search_id = carry_out(database, InlineExecutor(tmp_path / "store"), spec)
    with database.read() as session:
        told = history.reports(session, search_id, ACCURACY)
    with database.write() as session:
        for report in session.scalars(select(Report)):
            score = report.metrics[ACCURACY]
            report.metrics = {"train_loss": report.metrics["train_loss"], "validation_accuracy": score}
    with database.read() as session:
        old = history.reports(session, search_id, ACCURACY)
    assert old == told and len(old) == 4
    decisions = []
    for reports in (told, old):
        scheduler = schedulers.make(kinds.read(spec))
        assert scheduler is not None
        decisions.append([scheduler.decide(*report) for report in reports])
    assert decisions[0] == decisions[1] and "stop" in decisions[0]
