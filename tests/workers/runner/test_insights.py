"""A search's insight is kept up to date beside its trials, and neither ends nor holds up the search."""

import logging
import os
import signal
from concurrent.futures import Future
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from searchsvc import kinds
from searchsvc.store.control import history, searches
from searchsvc.store.db import Database, now
from searchsvc.store.tables import Search
from searchsvc.strategies.wasserstein.insight import insight
from searchsvc.strategies.wasserstein_bo import refit
from searchsvc.strategy import Outcome
from tests.specs import TINY, TINY_HETEROGENEITY
from tests.workers import driving
from tests.workers.driving import submit, turn
from tests.workers.inline import InlineAsker, InlineExecutor, Make, lose_answers
from workers.runner import insights
from workers.runner.asker import ProcessAsker
from workers.runner.insights import Insights
from workers.runner.loop import Runner

SPEC = {**TINY_HETEROGENEITY, "seeds": 1, "budget": {"trials": 7}}
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
def make(make: Make, executor: InlineExecutor) -> Make:
    return partial(make, executor)


def stored(database: Database, search_id: UUID) -> tuple[str, Any]:
    with database.read() as session:
        search = searches.get(session, search_id)
        return search.state, search.insight


def to_the_end(runner: Runner, database: Database, search_id: UUID) -> tuple[str, Any]:
    turn(runner, lambda: stored(database, search_id)[0] in ("succeeded", "failed", "cancelled"))
    return stored(database, search_id)


def test_a_search_ends_with_an_insight_of_its_last_outcomes(database: Database, make: Make) -> None:
    search_id, seen = submit(database, SPEC), set()
    runner = make()

    def ended() -> bool:
        state, found = stored(database, search_id)
        seen.add(found and found["outcomes"])
        return state == "succeeded"

    turn(runner, ended)
    with database.read() as session:
        outcomes = history.outcomes(session, search_id)
    assert len(outcomes) == 7 and {outcome.label for outcome in outcomes} >= {"as given", "point 6"}
    assert stored(database, search_id)[1] == insight(kinds.read(SPEC), outcomes)  # type: ignore[arg-type]
    assert {None, 5, 6, 7} == seen  # it was there before the end, and renewed


def test_a_failure_is_logged_and_the_search_goes_on(
    database: Database, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert to_the_end(make(asker := Failing()), database, submit(database, SPEC)) == ("succeeded", None)
    assert [r.getMessage() for r in caplog.records if "no insight: ZeroDivisionError: on purpose" in r.getMessage()]
    assert len(asker.asked) == 3  # after 5, 6 and 7 outcomes


def test_an_answer_that_never_comes_holds_up_no_trial_and_the_end_not_for_long(
    database: Database, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    search_id, runner = submit(database, SPEC), make(asker := Mute())
    turn(runner, lambda: any(owned.insights.ending for owned in runner.owned.values()))
    for _ in range(5):
        runner.turn()
    assert stored(database, search_id) == ("running", None)
    with database.read() as session:
        assert len(history.outcomes(session, search_id)) == 7
    monkeypatch.setattr(insights, "END_SECONDS", 0.0)
    assert to_the_end(runner, database, search_id) == ("succeeded", None) and len(asker.asked) == 1


def test_what_a_user_wants_is_done_while_the_end_waits(database: Database, make: Make) -> None:
    search_id, runner = submit(database, SPEC), make(Mute())
    turn(runner, lambda: any(owned.insights.ending for owned in runner.owned.values()))
    with database.write() as session:
        searches.cancel(session, search_id)
    assert to_the_end(runner, database, search_id)[0] == "cancelled"


def test_a_search_that_was_taken_over_meanwhile_keeps_the_other_runners_insight(database: Database, make: Make) -> None:
    search_id, first = submit(database, SPEC), make(asker := Mute())
    turn(first, lambda: any(owned.insights.ending for owned in first.owned.values()))
    with database.write() as session:
        session.execute(update(Search).where(Search.id == search_id).values(lease_until=now() - 1))
    state, found = to_the_end(make(), database, search_id)
    assert state == "succeeded" and found["outcomes"] == 7
    asker.asked[-1].set_result(STALE)
    first.turn()
    assert stored(database, search_id) == (state, found) and not first.owned


def test_writes_whose_answers_are_lost_leave_one_end_and_one_insight(
    database: Database, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    search_id, runner = submit(database, SPEC), make()
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
    database: Database, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insights, "END_SECONDS", driving.PATIENCE_SECONDS)
    search_id, runner = submit(database, SPEC), make(asker := OwnProcess())
    turn(runner, lambda: asker.processes._insights.processes)
    pid = asker.processes._insights.processes[0].pid
    os.kill(pid, signal.SIGKILL)
    state, found = to_the_end(runner, database, search_id)
    assert state == "succeeded" and found["outcomes"] == 7


def test_kinds_without_a_space_have_none() -> None:
    assert Insights().due(kinds.read(SPEC), 5) and not Insights().due(kinds.read(TINY), 5)


def test_it_is_asked_after_a_tenth_more_outcomes_and_before_the_end_after_any() -> None:
    job, known, asked = kinds.read(SPEC), Insights(), []
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
