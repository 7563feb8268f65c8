"""The best of a task on both databases, against a ranking in Python of what was put in."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from searchsvc import kinds
from searchsvc.metrics.objectives import Goal
from searchsvc.store.control import records, searches
from searchsvc.store.db import Database
from searchsvc.store.tables import Candidate, Search, Trial
from searchsvc.store.views import contenders, tasks
from tests.specs import TINY_SWEEP

SEEDS = 2


def fill(database: Database, scores: dict[str, list[float]], state: str = "succeeded", **spec: Any) -> UUID:
    """A search whose candidates have trials of these accuracies; their energy in joule is a tenth of the first."""
    with database.write() as session:
        search = searches.submit(session, kinds.read({**TINY_SWEEP, **spec}))
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
                seeds=search.spec["seeds"],
                configuration=configuration,
            )
            session.add(candidate)
            session.flush()
            for seed, value in enumerate(values):
                _done(session, candidate, seed, value, {"accuracy/test": value - 0.01, "energy": values[0] / 10})
        return search.id


def _done(
    session: Session,
    candidate: Candidate,
    seed: int,
    value: float,
    further: Mapping[str, float] = MappingProxyType({}),
    phase: str = "retrain",
) -> None:
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
        metrics={"accuracy/validation": value, **further},
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
            _done(session, candidate, seed, value, {"accuracy/test": value}, "confirm")


def test_the_best_is_that_of_all_searches_whenever_they_were(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contenders, "CHUNK", 3)
    for i in range(12):
        fill(database, {"a": [0.9 - i / 100] * 2, "b": [0.1, 0.1]}, seed=i)
    statements: list[str] = []
    with database.read() as session:
        event.listen(session.get_bind(), "before_cursor_execute", lambda *call: statements.append(call[2]))
        board = tasks.board(session, "digits", best=1, most=5)
    assert (board.searches, board.total) == (12, 12)
    assert [leader.mean for leader in board.leaders] == pytest.approx([0.9, 0.89, 0.88, 0.87, 0.86])
    selects = [statement for statement in statements if statement.startswith("SELECT")]
    assert len(selects) == 1 + 4 + 5 + 3  # of all searches, a chunk each, one a search that is listed, none a candidate


def test_the_best_of_an_old_search_is_its_best_by_fresh_seeds(database: Database) -> None:
    """Also where many others were better by the scores that chose them: a baseline may be confirmed best."""
    own = {f"c{i}": [0.9 - i / 100] * 2 for i in range(9)}
    old = fill(database, {**own, "LIF": [0.3, 0.3]})
    _confirm(database, old, "LIF", [0.8, 0.8])
    _confirm(database, old, "c0", [0.5, 0.5])
    for _ in range(3):
        recent = fill(database, {"recent": [0.95, 0.95]})
        _confirm(database, recent, "recent", [0.7, 0.7])
    board = leaders(database, best=1, most=1)
    assert [(leader.search.id, leader.candidate.label, leader.mean) for leader in board.leaders] == [
        (old, "LIF", pytest.approx(0.8))
    ]


def test_searches_with_other_seeds_and_constraints_are_among_them(database: Database) -> None:
    bound = {"constraints": [{"metric": "energy", "at_most": 0.06}]}
    fill(database, {"dear": [0.99, 0.99], "cheap": [0.5, 0.5]}, **bound)
    fill(database, {"three": [0.4, 0.4, 0.4], "incomplete": [0.98, 0.98]}, seeds=3, budget={"trials": 9})
    fill(database, {"none": [0.97, 0.97]}, **bound)
    fill(database, {"plain": [0.3, 0.3]})
    found = leaders(database, best=1)
    assert [leader.candidate.label for leader in found.leaders] == ["cheap", "three", "plain"]
    assert (found.searches, found.total) == (4, 4)
    assert [leader.candidate.label for leader in leaders(database, best=1, most=2).leaders] == ["cheap", "three"]
