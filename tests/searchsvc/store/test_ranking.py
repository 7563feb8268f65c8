"""Leaderboards of any goal on both databases, against the raw rows of trials read by other SQL and ranked in Python."""

import json
import random
import statistics
from itertools import groupby, pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, update

from searchsvc import kinds
from searchsvc.metrics.objectives import Goal
from searchsvc.store.control import history, records, searches
from searchsvc.store.db import Database
from searchsvc.store.tables import Candidate, Search, Trial
from searchsvc.store.views import boards, ranking
from spaces.errors import ConflictError, NotFoundError, UserError
from tests.specs import TINY_SWEEP

SEEDS = 2
CANDIDATES = 40
RAW = """
SELECT candidate.number AS number, trial.score AS score, trial.metrics AS metrics
FROM trial JOIN candidate ON candidate.id = trial.candidate_id WHERE candidate.search_id = :search
"""
MEASURED = ("accuracy/validation", "energy")


def submit(database: Database, goal: dict[str, Any]) -> UUID:
    """A search with candidates of few different scores, so that many tie; the last has one seed."""
    draw = random.Random(0)
    with database.write() as session:
        search = searches.submit(session, kinds.read({**TINY_SWEEP, **goal}))
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
        seeds=SEEDS,
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
        metrics={"accuracy/validation": accuracy, "energy": energy},
    )


def raw(database: Database, search_id: UUID) -> list[dict[str, Any]]:
    """Every trial's number of its candidate, score, and what it measured."""
    value = search_id.hex if database.url.get_backend_name() == "sqlite" else search_id
    with database.read() as session:
        return [
            {
                **{"number": row.number, "score": row.score},
                **(json.loads(row.metrics) if isinstance(row.metrics, str) else row.metrics),
            }
            for row in session.execute(text(RAW), {"search": value})
        ]


def expected(database: Database, search_id: UUID, goal: dict[str, Any]) -> list[tuple[int, bool]]:
    """Candidates by number and whether they violate the goal, ranked from the raw rows."""
    rows = raw(database, search_id)
    metric = goal.get("objective", {"metric": "accuracy/validation"})["metric"]
    sign = -1 if metric == "accuracy/validation" else 1
    found = []
    for number in {row["number"] for row in rows}:
        own = [row for row in rows if row["number"] == number]
        means = {name: statistics.fmean(row[name] for row in own) for name in MEASURED}
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
        row, trial_id = boards.best(session, search_id)
        first = boards.leaderboard(session, search_id, limit=CANDIDATES)[0]
        assert row.candidate.number in feasible and row.violates == ()
        complete = [r for r in first if r.candidate.number != CANDIDATES]
        assert row.candidate.id == complete[0].candidate.id
        of_candidate = session.query(Trial).where(Trial.candidate_id == row.candidate.id).all()
        better = min if "objective" in GOALS[name] else max
        assert session.get_one(Trial, trial_id).score == better(trial.score for trial in of_candidate)
        boards.best(session, search_id, rank=len(feasible))
        with pytest.raises(NotFoundError, match=f"best: got rank {len(feasible) + 1}; fewer candidates"):
            boards.best(session, search_id, rank=len(feasible) + 1)


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
        best = boards.best(session, search_id)[0]
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
    with (
        database.read() as session,
        pytest.raises(UserError, match=r"(the test part never ranks|no such metric or cost); allowed are accuracy"),
    ):
        boards.leaderboard(session, search_id, sort=sort)


def test_best_of_none_that_keeps_the_constraints_is_a_conflict(database: Database) -> None:
    search_id = submit(database, {"constraints": [{"metric": "energy", "at_most": 0}]})
    with database.read() as session:
        assert boards.leaderboard(session, search_id)[0][0].violates == ("energy <= 0",)
        with pytest.raises(ConflictError, match="every candidate with all its seeds violates a constraint"):
            boards.best(session, search_id)
    with database.write() as session:
        session.execute(update(Candidate).values(seeds=SEEDS + 1))
    with database.read() as session, pytest.raises(NotFoundError):  # whether they keep them or not
        boards.best(session, search_id)


def test_a_strategy_may_say_how_many_trials_make_a_candidate_count(database: Database) -> None:
    search_id = submit(database, {})
    with database.write() as session:
        first = boards.best(session, search_id)[0].candidate
        first.seeds = SEEDS + 1  # it has SEEDS
    with database.read() as session:
        rows = boards.leaderboard(session, search_id, limit=CANDIDATES)[0]
        second = boards.best(session, search_id)[0].candidate
        assert [row.candidate.id for row in rows][:2] == [first.id, second.id]
        assert [row.candidate.id for row in rows if row.is_best] == [second.id]
        assert first.number not in {int(sample.label) for sample in history.leaders(session, search_id, CANDIDATES)[0]}
    with database.write() as session:
        session.get_one(Candidate, first.id).seeds = 2
        assert boards.best(session, search_id)[0].candidate.id == first.id


@pytest.mark.parametrize("cursor", ["1:0.5:3", "1:1:0.5:3", "1:x:0.5:3", "-1:0:0.5:3", "1:0:0.5:99999999999"])
@pytest.mark.parametrize("start", ["", f"{UUID(int=7)}:accuracy/validation.down:"])
def test_a_strange_cursor_is_refused(start: str, cursor: str) -> None:
    with pytest.raises(UserError, match=r"give the next_cursor of an earlier answer$"):
        ranking.read_cursor(start + cursor, UUID(int=7), ranking.Order.of(Goal()), Goal())


def test_a_cursor_is_good_for_its_own_search_and_order() -> None:
    place, order = ranking.Place(3, 0.1 + 0.2, 0), ranking.Order.of(Goal())
    cursor = ranking.write_cursor(UUID(int=7), order, 5, place)
    assert ranking.read_cursor(cursor, UUID(int=7), order, Goal()) == (5, place)
    for search_id, other in ((UUID(int=8), order), (UUID(int=7), ranking.Order.of(Goal(), "-accuracy/validation"))):
        with pytest.raises(UserError, match=f"got that of search '{UUID(int=7)}' by .* about search {search_id} by"):
            ranking.read_cursor(cursor, search_id, other, Goal())
