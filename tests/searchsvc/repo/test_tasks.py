"""The best of a task on both databases, against a ranking in Python of what was put in."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from searchsvc import jobs
from searchsvc.db import Database
from searchsvc.models import Candidate, Search, Trial
from searchsvc.objectives import Goal
from searchsvc.repo import records, searches, tasks
from tests.specs import TINY_SWEEP

SEEDS = 2


def fill(database: Database, scores: dict[str, list[float]], state: str = "succeeded", **spec: Any) -> UUID:
    """A search whose candidates have trials of these accuracies; their energy in joule is a tenth of the first."""
    with database.write() as session:
        search = searches.submit(session, jobs.read({**TINY_SWEEP, **spec}))
        search.state = state
        for number, (label, values) in enumerate(scores.items(), 1):
            neurons = [{"name": "lnm", "surrogate": {"name": "rectangle", "width": 1.0}}]
            configuration = {"neurons": neurons, "network": {"name": "vgg", "variant": None}}
            candidate = Candidate(
                search_id=search.id,
                number=number,
                origin="sweep",
                label=label,
                phase="retrain",
                configuration=configuration,
            )
            session.add(candidate)
            session.flush()
            for seed, value in enumerate(values):
                _done(session, candidate, seed, value, test_accuracy=value - 0.01, energy=values[0] / 10)
        return search.id


def _done(session: Session, candidate: Candidate, seed: int, value: float, phase: str = "retrain", **more: Any) -> None:
    trial = Trial(
        search_id=candidate.search_id,
        candidate_id=candidate.id,
        number=100 * candidate.number + seed,
        seed=seed,
        phase=phase,
        state="done",
        steps=1,
        asked_after=0,
        score=value,
        validation_accuracy=value,
        **more,
    )
    session.add(trial)
    session.flush()
    goal = Goal.of(session.get_one(Search, candidate.search_id).spec)
    records.tell(session, [trial], goal.objective.metric)


def leaders(database: Database, task: str = "digits", **options: Any) -> tasks.Board:
    with database.read() as session:
        return tasks.board(session, task, **options)


def test_the_best_complete_candidates_of_each_search_rank_by_their_mean(database: Database) -> None:
    one = fill(database, {"a": [0.9, 0.8], "b": [0.7, 0.7], "lone": [0.99], "c": [0.6, 0.6], "d": [0.1, 0.2]})
    other = fill(database, {"e": [0.8, 0.8], "f": [0.5, 0.5]})
    fill(database, {"elsewhere": [1.0, 1.0]}, task="event_digits", time_steps=None)
    board = leaders(database)
    assert [leader.candidate.label for leader in board.leaders] == ["a", "e", "b", "c", "f"]
    assert [leader.search.id for leader in board.leaders] == [one, other, one, one, other]
    assert board.leaders[0].mean == pytest.approx(0.85) and board.leaders[0].metrics["accuracy/validation"].n == SEEDS
    assert (board.metric, board.searches, board.total, board.others, board.differs) == (
        "accuracy/validation", 2, 2, [], [],
    )  # fmt: skip
    assert [leader.candidate.label for leader in leaders(database, best=1).leaders] == ["a", "e"]


def test_only_searches_of_one_objective_are_compared(database: Database) -> None:
    fill(database, {"a": [0.9, 0.9]})
    fill(database, {"b": [0.8, 0.8]})
    fill(database, {"c": [0.7, 0.7], "d": [0.2, 0.2]}, objective={"metric": "energy"})
    board = leaders(database)
    assert [leader.candidate.label for leader in board.leaders] == ["a", "b"] and board.others == ["energy"]
    cheap = leaders(database, metric="energy")
    assert [leader.candidate.label for leader in cheap.leaders] == ["d", "c"]  # the less the better
    assert cheap.total == 3 and cheap.searches == 1
    assert leaders(database, metric="sops").leaders == []


def test_who_violates_a_constraint_is_no_leader(database: Database) -> None:
    fill(database, {"dear": [0.9, 0.9], "cheap": [0.5, 0.5]}, constraints=[{"metric": "energy", "at_most": 0.06}])
    assert [leader.candidate.label for leader in leaders(database).leaders] == ["cheap"]


def test_the_test_part_is_told_when_a_search_has_ended(database: Database) -> None:
    fill(database, {"a": [0.9, 0.9]}, state="running")
    fill(database, {"b": [0.8, 0.8]}, state="cancelled")
    running, ended = leaders(database).leaders
    assert "accuracy/test" not in running.metrics and ended.metrics["accuracy/test"].mean == pytest.approx(0.79)


def test_what_is_not_the_same_in_all_searches_is_said(database: Database) -> None:
    fill(database, {"a": [0.9, 0.9]})
    fill(database, {"b": [0.8, 0.8]}, task={"name": "digits", "split_seed": 1})
    assert leaders(database).differs == ["split_seed"]


def test_a_task_without_searches_has_no_board(database: Database) -> None:
    board = leaders(database, "cifar10")
    assert board.metric is None and board.leaders == [] and board.total == 0


def test_tasks_are_counted(database: Database) -> None:
    fill(database, {})
    fill(database, {})
    fill(database, {}, task="event_digits", time_steps=None)
    with database.read() as session:
        assert tasks.counts(session) == {"digits": 2, "event_digits": 1}


def test_what_is_confirmed_comes_first_by_its_fresh_seeds(database: Database) -> None:
    lucky = fill(database, {"lucky": [0.9, 0.9], "lone": [0.8, 0.8]})
    solid = fill(database, {"solid": [0.7, 0.7]})
    _confirm(database, lucky, "lucky", [0.5, 0.5])
    _confirm(database, lucky, "lone", [0.99])  # not on all its fresh seeds
    _confirm(database, solid, "solid", [0.6, 0.6])
    found = leaders(database).leaders
    assert [(leader.candidate.label, leader.confirmed) for leader in found] == [
        ("solid", True), ("lucky", True), ("lone", False),
    ]  # fmt: skip
    assert [leader.mean for leader in found] == pytest.approx([0.6, 0.5, 0.8])


def test_an_objective_without_a_complete_candidate_hides_no_other(database: Database) -> None:
    fill(database, {"first": [0.9, 0.8]})
    for _ in range(2):
        fill(database, {}, "queued", objective={"metric": "energy"})
    found = leaders(database)
    assert (found.metric, found.searches, found.others) == ("accuracy/validation", 1, ["energy"])
    assert [leader.candidate.label for leader in found.leaders] == ["first"]


def test_one_network_comes_once_of_a_search(database: Database) -> None:
    for _ in range(2):
        fill(database, {"all LIF": [0.9, 0.9], "searched": [0.9, 0.9], "other": [0.8, 0.8]})
    assert [leader.candidate.label for leader in leaders(database).leaders] == ["all LIF", "all LIF", "other", "other"]


def _confirm(database: Database, search: UUID, label: str, values: list[float]) -> None:
    with database.write() as session:
        candidate = session.scalars(
            select(Candidate).where(Candidate.search_id == search, Candidate.label == label)
        ).one()
        for seed, value in enumerate(values, SEEDS):
            _done(session, candidate, seed, value, "confirm", test_accuracy=value)


def test_the_newest_searches_are_looked_at_with_a_statement_each(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "SEARCHES", 10)
    for i in range(12):
        fill(database, {"a": [0.9 - i / 100] * 2, "b": [0.1, 0.1]})
    statements: list[str] = []
    with database.read() as session:
        event.listen(session.get_bind(), "before_cursor_execute", lambda *call: statements.append(call[2]))
        board = tasks.board(session, "digits", best=1)
    assert (board.searches, board.total) == (10, 12)
    assert max(leader.mean for leader in board.leaders) == pytest.approx(0.88)  # the two oldest would be better
    selects = [statement for statement in statements if statement.startswith("SELECT")]
    assert len(selects) == 10 + 4  # one a search, none a candidate
