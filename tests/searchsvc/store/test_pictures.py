"""What pictures are drawn from, on both databases, against hand-made rows."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from searchsvc.service.sources import StoredSearch
from searchsvc.store.db import Database
from searchsvc.store.tables import Candidate, CandidateMetric, Search, Trial
from searchsvc.store.views import pictures
from tests.searchsvc.store.test_ranking import CANDIDATES, GOALS, SEEDS, expected, raw, submit


def by_label(database: Database, search_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """The rows of every candidate's trials by its label."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in raw(database, search_id):
        rows.setdefault(str(row["number"]), []).append(row)
    return rows


@pytest.mark.parametrize("name", GOALS)
def test_pairs_are_the_complete_candidates_that_keep_every_constraint_best_first(database: Database, name: str) -> None:
    search_id = submit(database, GOALS[name])
    metric = "accuracy/validation" if "objective" in GOALS[name] else "energy"
    rows = by_label(database, search_id)
    kept = {str(n) for n, violated in expected(database, search_id, GOALS[name]) if not violated and n < CANDIDATES}
    assert 1 < len(kept) < CANDIDATES and len(rows[str(CANDIDATES)]) < SEEDS
    with database.read() as session:
        found = pictures.complete(session, session.get_one(Search, search_id), metric)
    assert {one.label for one in found} == kept
    for label, other, score, _ in found:
        assert other == pytest.approx(sum(row[metric] for row in rows[label]) / SEEDS)
        assert score == pytest.approx(sum(row["score"] for row in rows[label]) / SEEDS)
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse="objective" not in GOALS[name])


def test_a_candidate_is_complete_when_its_last_seed_has_finished(database: Database) -> None:
    search_id = submit(database, {})
    with database.write() as session:
        for trial in session.scalars(select(Trial)):
            trial.finished = 1000.0 - trial.number
    with database.read() as session:
        found = pictures.complete(session, session.get_one(Search, search_id), "energy")
        last = select(Candidate.label, Trial.number).join(Trial, Trial.candidate_id == Candidate.id)
        firsts: dict[str, int] = {}
        for label, number in session.execute(last.order_by(Trial.number.desc())):
            firsts[label] = number
    assert len(found) > 1 and {one.label: one.time for one in found} == {
        one.label: 1000.0 - firsts[one.label] for one in found
    }


def test_bars_are_the_latest_trials_that_have_begun(database: Database) -> None:
    search_id = submit(database, {})
    with database.write() as session:
        for trial in session.scalars(select(Trial).where(Trial.number < 10)):
            trial.started, trial.worker = 5.0, f"node/{trial.number}"
            trial.state = {8: "running", 7: "failed", 6: "pending"}.get(trial.number, "done")
            trial.finished = None if trial.number in (6, 8) else 6.0
    with database.read() as session:
        source = StoredSearch(session, session.get_one(Search, search_id))
        bars, now = source.bars(4), source.now()
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
            trial.score = None if trial.number == 1 else 0.5
            trial.phase = "confirm" if trial.number == 2 else "retrain"
    with database.read() as session:
        told = [time for time, *_ in pictures.scores(session, search_id)]
        assert told == [30.0, 0.0]  # without the one that has no score
        assert [time for time, *_ in pictures.scores(session, search_id, "confirm")] == [20.0]


def test_metrics_that_do_not_vary_are_not_offered(database: Database) -> None:
    search_id = submit(database, {})
    with database.write() as session:
        search = session.get_one(Search, search_id)
        before = pictures.other_metrics(session, search)
        same = update(CandidateMetric).where(CandidateMetric.metric == "energy").values(mean=1e-9)
        session.execute(same)
        assert "energy" in before and "energy" not in pictures.other_metrics(session, search)
