"""A search's insight is kept up to date beside its trials, and neither ends nor holds up the search."""

import logging
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from searchsvc import jobs
from searchsvc.db import Database, now
from searchsvc.insight import insight
from searchsvc.models import Search
from searchsvc.repo import runs, searches
from searchsvc.strategies.wasserstein_bo import refit
from searchsvc.strategy import Outcome
from tests.specs import TINY, TINY_HETEROGENEITY
from tests.workers.inline import InlineAsker, InlineExecutor, lose_answers
from workers import insights
from workers.asker import Asker, ProcessAsker
from workers.insights import Insights
from workers.runner import Runner

SPEC = {**TINY_HETEROGENEITY, "seeds": 1, "budget": {"trials": 7}}
PATIENCE_SECONDS = 120.0
STALE = {"outcomes": 0, "importance": [], "directions": {}}


class Mute(InlineAsker):
    """Knows no insight, or only when it is told; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[Future[Any]] = []

    def explain(self, spec: dict[str, Any], outcomes: tuple[Outcome, ...]) -> "Future[dict[str, Any] | None]":
        self.asked.append(Future())
        return self.asked[-1]


class Failing(Mute):
    def explain(self, spec: dict[str, Any], outcomes: tuple[Outcome, ...]) -> "Future[dict[str, Any] | None]":
        super().explain(spec, outcomes).set_exception(ZeroDivisionError("on purpose"))
        return self.asked[-1]


@pytest.fixture
def make(database: Database, tmp_path: Path) -> Iterator[Any]:
    made = []

    def make(asker: Asker | None = None) -> Runner:
        executor = InlineExecutor(tmp_path / "store")
        made.append(Runner(database, executor, 30.0, str(executor.store), asker or InlineAsker()))
        return made[-1]

    yield make
    for runner in made:
        runner.close()


def submit(database: Database, spec: dict[str, Any] = SPEC, **changes: Any) -> UUID:
    with database.write() as session:
        return searches.submit(session, jobs.read({**spec, **changes})).id


def stored(database: Database, search_id: UUID) -> tuple[str, Any]:
    with database.read() as session:
        search = searches.get(session, search_id)
        return search.state, search.insight


def turn(runner: Runner, until: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not until():
        assert time.monotonic() < deadline, "the search did not end"
        runner.turn()
        time.sleep(0.01)  # a processor for the other process


def to_the_end(runner: Runner, database: Database, search_id: UUID) -> tuple[str, Any]:
    turn(runner, lambda: stored(database, search_id)[0] in ("succeeded", "failed", "cancelled"))
    return stored(database, search_id)


def test_a_search_ends_with_an_insight_of_its_last_outcomes(database: Database, make: Any) -> None:
    search_id, seen = submit(database), set()
    runner = make()

    def ended() -> bool:
        state, found = stored(database, search_id)
        seen.add(found and found["outcomes"])
        return state == "succeeded"

    turn(runner, ended)
    with database.read() as session:
        outcomes = runs.outcomes(session, search_id)
    assert len(outcomes) == 7 and {outcome.label for outcome in outcomes} >= {"as given", "point 6"}
    assert stored(database, search_id)[1] == insight(jobs.read(SPEC), outcomes)  # type: ignore[arg-type]
    assert {None, 5, 6, 7} == seen  # it was there before the end, and renewed


def test_a_failure_is_logged_and_the_search_goes_on(
    database: Database, make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert to_the_end(make(asker := Failing()), database, submit(database)) == ("succeeded", None)
    assert [r.getMessage() for r in caplog.records if "no insight: ZeroDivisionError: on purpose" in r.getMessage()]
    assert len(asker.asked) == 3  # after 5, 6 and 7 outcomes


def test_an_answer_that_never_comes_holds_up_no_trial_and_the_end_not_for_long(
    database: Database, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    search_id, runner = submit(database), make(asker := Mute())
    turn(runner, lambda: any(owned.insights.ending for owned in runner.owned.values()))
    for _ in range(5):
        runner.turn()
    assert stored(database, search_id) == ("running", None)
    with database.read() as session:
        assert len(runs.outcomes(session, search_id)) == 7
    monkeypatch.setattr(insights, "END_SECONDS", 0.0)
    assert to_the_end(runner, database, search_id) == ("succeeded", None) and len(asker.asked) == 1


def test_what_a_user_wants_is_done_while_the_end_waits(database: Database, make: Any) -> None:
    search_id, runner = submit(database), make(Mute())
    turn(runner, lambda: any(owned.insights.ending for owned in runner.owned.values()))
    with database.write() as session:
        searches.cancel(session, search_id)
    assert to_the_end(runner, database, search_id)[0] == "cancelled"


def test_a_search_that_was_taken_over_meanwhile_keeps_the_other_runners_insight(database: Database, make: Any) -> None:
    search_id, first = submit(database), make(asker := Mute())
    turn(first, lambda: any(owned.insights.ending for owned in first.owned.values()))
    with database.write() as session:
        session.execute(update(Search).where(Search.id == search_id).values(lease_until=now() - 1))
    state, found = to_the_end(make(), database, search_id)
    assert state == "succeeded" and found["outcomes"] == 7
    asker.asked[-1].set_result(STALE)
    first.turn()
    assert stored(database, search_id) == (state, found) and not first.owned


def test_writes_whose_answers_are_lost_leave_one_end_and_one_insight(
    database: Database, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    search_id, runner = submit(database), make()
    lose_answers(database, monkeypatch)
    state, found = to_the_end(runner, database, search_id)
    assert state == "succeeded" and found["outcomes"] == 7


class OwnProcess(InlineAsker):
    """Its insights alone come from another process."""

    def __init__(self) -> None:
        self.processes = ProcessAsker()
        self.explain = self.processes.explain  # type: ignore[method-assign]
        self.close = self.processes.close  # type: ignore[method-assign]


def test_a_process_that_dies_is_replaced_and_the_search_ends(
    database: Database, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insights, "END_SECONDS", PATIENCE_SECONDS)
    search_id, runner = submit(database), make(asker := OwnProcess())
    turn(runner, lambda: asker.processes._insights._processes)
    (pid,) = asker.processes._insights._processes
    os.kill(pid, signal.SIGKILL)
    state, found = to_the_end(runner, database, search_id)
    assert state == "succeeded" and found["outcomes"] == 7


def test_kinds_without_a_space_have_none() -> None:
    assert Insights().due(jobs.read(SPEC), 5) and not Insights().due(jobs.read(TINY), 5)


def test_it_is_asked_after_a_tenth_more_outcomes_and_before_the_end_after_any() -> None:
    job, known, asked = jobs.read(SPEC), Insights(), []
    for outcomes in range(300):
        if known.due(job, outcomes):
            known.told = outcomes
            asked.append(outcomes)
    assert asked == sorted({refit(n) for n in range(5, 300)})
    assert not known.due(job, 299)
    known.ending = 1.0
    assert known.due(job, 299) and not known.due(job, known.told)
    known.answer = Future()
    assert not known.due(job, 500)
