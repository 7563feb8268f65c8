"""Leaderboards of any goal on both databases, against the raw rows of trials read by other SQL and ranked in Python."""

import random
import statistics
from itertools import groupby, pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from searchsvc import jobs
from searchsvc.db import Database
from searchsvc.models import Candidate, Search, Trial
from searchsvc.objectives import Goal
from searchsvc.repo import boards, ranking, records, searches
from spaces.errors import ConflictError, NotFoundError, UserError
from tests.specs import TINY_SWEEP

SEEDS = 2
CANDIDATES = 40
RAW = """
SELECT candidate.number AS number, trial.score AS score, trial.validation_accuracy AS accuracy, trial.energy AS energy
FROM trial JOIN candidate ON candidate.id = trial.candidate_id WHERE candidate.search_id = :search
"""
COLUMNS = {"accuracy/validation": "accuracy", "energy": "energy"}


def submit(database: Database, goal: dict[str, Any]) -> UUID:
    """A search with candidates of few different scores, so that many tie; the last has one seed."""
    draw = random.Random(0)
    with database.write() as session:
        search = searches.submit(session, jobs.read({**TINY_SWEEP, **goal}))
        session.flush()
        trials = []
        for number in range(1, CANDIDATES + 1):
            candidate = add_candidate(search, number)
            session.add(candidate)
            session.flush()
            energy = draw.randint(1, 6) * 1e-9
            for seed in range(1 if number == CANDIDATES else SEEDS):
                trials.append(
                    add_trial(
                        search, candidate, len(trials), seed, draw.randint(80, 84) / 100, energy * (1 + seed / 10)
                    )
                )
        session.add_all(trials)
        session.flush()
        records.tell(session, trials, Goal.of(search.spec).objective.metric)
        return search.id


def add_candidate(search: Search, number: int) -> Candidate:
    neurons = [{"name": "lif" if number == 1 else "lnm", "surrogate": {"name": "rectangle", "width": 1.0}}]
    return Candidate(
        search_id=search.id,
        number=number,
        origin="baseline" if number == 1 else "sweep",
        label=str(number),
        phase="retrain",
        configuration={"neurons": neurons},
    )


def add_trial(search: Search, candidate: Candidate, number: int, seed: int, accuracy: float, energy: float) -> Trial:
    metric = Goal.of(search.spec).objective.metric
    return Trial(
        search_id=search.id,
        candidate_id=candidate.id,
        number=number,
        seed=seed,
        phase="retrain",
        state="done",
        steps=1,
        asked_after=0,
        score={"accuracy/validation": accuracy, "energy": energy}[metric],
        validation_accuracy=accuracy,
        energy=energy,
    )


def expected(database: Database, search_id: UUID, goal: dict[str, Any]) -> list[tuple[int, bool]]:
    """Candidates by number and whether they violate the goal, ranked from the raw rows."""
    value = search_id.hex if database.url.get_backend_name() == "sqlite" else search_id
    with database.read() as session:
        rows = session.execute(text(RAW), {"search": value}).mappings().all()
    metric = goal.get("objective", {"metric": "accuracy/validation"})["metric"]
    sign = -1 if metric == "accuracy/validation" else 1
    found = []
    for number in {row["number"] for row in rows}:
        own = [row for row in rows if row["number"] == number]
        means = {name: statistics.fmean(row[column] for row in own) for name, column in COLUMNS.items()}
        violated = any(
            means[c["metric"]] > c.get("at_most", 1e9) + 1e-15 or means[c["metric"]] < c.get("at_least", -1e9) - 1e-15
            for c in goal.get("constraints", [])
        )
        found.append((violated, sign * round(means[metric], 12), number))
    return [(number, violated) for violated, _, number in sorted(found)]


GOALS: dict[str, dict[str, Any]] = {
    "accuracy": {},
    "energy": {"objective": {"metric": "energy"}},
    "accuracy under a bound": {"constraints": [{"metric": "energy", "at_most": 3.5e-9}]},
    "energy above two bounds": {
        "objective": {"metric": "energy"},
        "constraints": [{"metric": "accuracy/validation", "at_least": 0.815}, {"metric": "energy", "at_least": 1.5e-9}],
    },
}


@pytest.mark.parametrize("name", GOALS)
def test_pages_are_the_order_of_the_goal(database: Database, name: str) -> None:
    search_id = submit(database, GOALS[name])
    ranked = expected(database, search_id, GOALS[name])
    found, cursor = [], None
    with database.read() as session:
        while True:
            rows, cursor = boards.leaderboard(session, search_id, limit=7, cursor=cursor)
            found += rows
            if cursor is None:
                break
    assert [row.rank for row in found] == list(range(1, CANDIDATES + 1))
    assert [bool(row.violates) for row in found] == [violated for _, violated in ranked]
    metric = Goal.model_validate(GOALS[name]).objective.metric
    keys = [(bool(row.violates), round(row.metrics[metric].mean, 12)) for row in found]
    by_number = {row.candidate.number: key for row, key in zip(found, keys, strict=True)}
    assert keys == [by_number[number] for number, _ in ranked]
    assert {row.candidate.number for row in found} == set(by_number) and any(a == b for a, b in pairwise(keys))
    lif = next(row for row in found if row.candidate.number == 1)
    for row in found:
        assert row.energy_overhead == pytest.approx(row.metrics["energy"].mean / lif.metrics["energy"].mean - 1)
    if "constraints" in GOALS[name]:
        assert 0 < sum(violated for _, violated in ranked) < CANDIDATES


@pytest.mark.parametrize("name", GOALS)
def test_best_is_the_first_that_is_complete_and_keeps_every_constraint(database: Database, name: str) -> None:
    search_id = submit(database, GOALS[name])
    feasible = [n for n, violated in expected(database, search_id, GOALS[name]) if not violated and n != CANDIDATES]
    with database.read() as session:
        row, trial_id = boards.best(session, search_id, seeds=SEEDS)
        first = boards.leaderboard(session, search_id, limit=CANDIDATES)[0]
        assert row.candidate.number in feasible and row.violates == ()
        complete = [r for r in first if r.candidate.number != CANDIDATES]
        assert row.candidate.id == complete[0].candidate.id
        of_candidate = session.query(Trial).where(Trial.candidate_id == row.candidate.id).all()
        better = min if "objective" in GOALS[name] else max
        assert session.get_one(Trial, trial_id).score == better(trial.score for trial in of_candidate)
        boards.best(session, search_id, seeds=SEEDS, rank=len(feasible))
        with pytest.raises(NotFoundError, match=f"best: got rank {len(feasible) + 1}; fewer candidates"):
            boards.best(session, search_id, seeds=SEEDS, rank=len(feasible) + 1)


@pytest.mark.parametrize("sort", ["energy", "-energy", "accuracy/validation"])
def test_pages_by_another_metric_keep_their_best(database: Database, sort: str) -> None:
    """Whatever orders them, the best is that of the objective; who violates a constraint stays behind."""
    goal = GOALS["accuracy under a bound"]
    search_id = submit(database, goal)
    metric, found, cursor = sort.removeprefix("-"), [], None
    with database.read() as session:
        while not found or cursor:
            rows, cursor = boards.leaderboard(session, search_id, limit=7, cursor=cursor, sort=sort)
            found += rows
        best = boards.best(session, search_id, seeds=SEEDS)[0]
    assert {row.candidate.number for row in found} == set(range(1, CANDIDATES + 1))
    violates = dict(expected(database, search_id, goal))
    assert [bool(row.violates) for row in found] == sorted(violates[row.candidate.number] for row in found)
    for _, group in groupby(found, key=lambda row: bool(row.violates)):
        means = [row.metrics[metric].mean for row in group]
        assert means == sorted(means, reverse=sort in ("-energy", "accuracy/validation"))
    assert [row.candidate.id for row in found if row.is_best] == [best.candidate.id]


@pytest.mark.parametrize("sort", ["accuracy/test", "accuracy/test_confirmed", "beauty", "--energy", ""])
def test_the_test_part_never_ranks_and_neither_does_what_nobody_measures(database: Database, sort: str) -> None:
    search_id = submit(database, {})
    with database.read() as session, pytest.raises(UserError, match="the test part never ranks; allowed are accuracy"):
        boards.leaderboard(session, search_id, sort=sort)


def test_best_of_none_that_keeps_the_constraints_is_a_conflict(database: Database) -> None:
    search_id = submit(database, {"constraints": [{"metric": "energy", "at_most": 0}]})
    with database.read() as session:
        assert boards.leaderboard(session, search_id)[0][0].violates == ("energy <= 0",)
        with pytest.raises(ConflictError, match="every candidate with all its seeds violates a constraint"):
            boards.best(session, search_id, seeds=SEEDS)
        with pytest.raises(NotFoundError):  # no candidate has so many seeds, whether it keeps them or not
            boards.best(session, search_id, seeds=SEEDS + 1)


@pytest.mark.parametrize("cursor", ["1:0.5:3", "1:1:0.5:3", "1:x:0.5:3", "-1:0:0.5:3", "1:0:0.5:99999999999"])
def test_a_strange_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(UserError, match="give the next_cursor of an earlier answer"):
        ranking.read_cursor(cursor, Goal())
