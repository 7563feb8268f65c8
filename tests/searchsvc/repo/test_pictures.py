"""What pictures are drawn from, on both databases, against hand-made rows."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from searchsvc.db import Database
from searchsvc.models import Candidate, CandidateMetric, Search, Trial
from searchsvc.repo import pictures
from tests.searchsvc.repo.test_ranking import CANDIDATES, GOALS, RAW, SEEDS, expected, submit


def raw(database: Database, search_id: UUID) -> dict[str, list[Any]]:
    """The rows of every candidate's trials by its label."""
    value = search_id.hex if database.url.get_backend_name() == "sqlite" else search_id
    rows: dict[str, list[Any]] = {}
    with database.read() as session:
        for row in session.execute(text(RAW), {"search": value}):
            rows.setdefault(str(row.number), []).append(row)
    return rows


@pytest.mark.parametrize("name", GOALS)
def test_pairs_are_the_complete_candidates_that_keep_every_constraint_best_first(database: Database, name: str) -> None:
    search_id = submit(database, GOALS[name])
    metric = "accuracy/validation" if "objective" in GOALS[name] else "energy"
    rows = raw(database, search_id)
    kept = {str(n) for n, violated in expected(database, search_id, GOALS[name]) if not violated and n < CANDIDATES}
    assert 1 < len(kept) < CANDIDATES and len(rows[str(CANDIDATES)]) < SEEDS
    with database.read() as session:
        found = pictures.pairs(session, session.get_one(Search, search_id), metric)
    assert {label for label, _, _ in found} == kept
    column = {"energy": "energy", "accuracy/validation": "accuracy"}[metric]
    for label, other, score in found:
        assert other == pytest.approx(sum(getattr(row, column) for row in rows[label]) / SEEDS)
        assert score == pytest.approx(sum(row.score for row in rows[label]) / SEEDS)
    scores = [score for _, _, score in found]
    assert scores == sorted(scores, reverse="objective" not in GOALS[name])


def test_timed_pairs_are_in_the_order_in_which_their_last_seed_finished(database: Database) -> None:
    search_id = submit(database, {})
    with database.write() as session:
        for trial in session.scalars(select(Trial)):
            trial.finished = 1000.0 - trial.number
    with database.read() as session:
        search = session.get_one(Search, search_id)
        found = pictures.timed_pairs(session, search, "energy")
        last = select(Candidate.label, Trial.number).join(Trial, Trial.candidate_id == Candidate.id)
        firsts: dict[str, int] = {}
        for label, number in session.execute(last.order_by(Trial.number.desc())):
            firsts[label] = number
        pairs = {label: pair for label, *pair in pictures.pairs(session, search, "energy")}
    times = {label: 1000.0 - number for label, number in firsts.items() if label in pairs}
    assert [time for time, *_ in found] == sorted(times.values())
    assert sorted([time, *pairs[label]] for label, time in times.items()) == [list(row) for row in found]


def test_bars_are_the_latest_trials_that_have_begun(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    search_id = submit(database, {})
    monkeypatch.setattr(pictures, "DRAWN", 4)
    with database.write() as session:
        for trial in session.scalars(select(Trial).where(Trial.number < 10)):
            trial.started, trial.worker = 5.0, f"node/{trial.number}"
            trial.state = {8: "running", 7: "failed", 6: "pending"}.get(trial.number, "done")
            trial.finished = None if trial.number in (6, 8) else 6.0
    with database.read() as session:
        bars, now = pictures.bars(session, session.get_one(Search, search_id))
    assert [(bar.number, bar.worker, bar.what, bar.ended) for bar in bars] == [
        (9, "node/9", "retrain", 6.0),
        (8, "node/8", "running", None),
        (7, "node/7", "failed", 6.0),
        (5, "node/5", "retrain", 6.0),  # 6 waits to go on
    ]
    assert now > 1e9


def test_scores_are_those_of_one_phase(database: Database) -> None:
    search_id = submit(database, {})
    with database.write() as session:
        for trial in session.scalars(select(Trial).where(Trial.number < 4)):
            trial.tell_no, trial.finished = 4 - trial.number, 10.0 * trial.number
            trial.phase = "confirm" if trial.number == 2 else "retrain"
    with database.read() as session:
        told = [time for time, _, _ in pictures.scores(session, search_id)]
        assert told == [30.0, 10.0, 0.0]
        assert [time for time, _, _ in pictures.scores(session, search_id, "confirm")] == [20.0]


def test_metrics_that_do_not_vary_are_not_offered(database: Database) -> None:
    search_id = submit(database, {})
    with database.write() as session:
        search = session.get_one(Search, search_id)
        before = pictures.other_metrics(session, search)
        same = update(CandidateMetric).where(CandidateMetric.metric == "energy").values(mean=1e-9)
        session.execute(same)
        assert "energy" in before and "energy" not in pictures.other_metrics(session, search)
