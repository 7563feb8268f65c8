"""Whatever a search's own parts raise, or take, ends that search and no other."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any
from uuid import UUID

import pytest

from searchsvc import kinds
from searchsvc.store.control import events, results, runs, searches
from searchsvc.store.control.runs import Question, Work
from searchsvc.store.db import Database
from searchsvc.strategy import Suggestion
from searchsvc.verdict import leading, significance
from spaces.errors import UserError
from tests.bench.storage_writers import SPEC, Inline, Instant
from workers.runner import held
from workers.runner.insights import Insights
from workers.runner.loop import Runner
from workers.runner.owned import Owned

SMALL = {**SPEC, "seeds": 2, "confirm": 0, "budget": {"trials": 9}, "max_failed_trials": 100}
TURNS = 400


class Sick(Inline):
    def ask(self, question: Question) -> "Future[list[Suggestion]]":
        if question.spec["name"] == "sick":
            raise RecursionError("on purpose")
        return super().ask(question)


def raise_(*_: object) -> Any:
    raise ZeroDivisionError("on purpose")


def hoard(*_: object) -> Any:
    return bytearray(4 << 30)  # which nobody writes to: without a limit it would be had for nothing


def sicken(monkeypatch: pytest.MonkeyPatch, place: Any, name: str, of: Callable[..., str], act: Any = raise_) -> None:
    """From now on `place.name` acts so if its arguments are `of` the sick search."""
    well = getattr(place, name)
    monkeypatch.setattr(place, name, lambda *a, **k: act() if of(*a) == "sick" else well(*a, **k))


def carried_out(database: Database, asker: Any = None) -> dict[str, tuple[str, str | None]]:
    """State and error of a sick and a healthy search, as one runner leaves them."""
    made: dict[str, UUID] = {}
    with database.write() as session:
        for name in ("sick", "healthy"):
            made[name] = searches.submit(session, kinds.read({**SMALL, "name": name})).id
    runner = Runner(database, Instant(2), 30.0, "/nowhere", asker or Inline())  # type: ignore[arg-type]
    for _ in range(TURNS):
        runner._next_look = 0.0
        runner.turn()
        with database.read() as session:
            found = {name: searches.get(session, search_id) for name, search_id in made.items()}
        if all(search.state in events.FINAL_STATES for search in found.values()):
            break
    runner.close()
    return {name: (search.state, search.error) for name, search in found.items()}


def of_job(job: Any, *_: object) -> str:
    return str(job.name)


def of_owned(owned: Any, *_: object) -> str:
    return str(owned.job.name)


PLACES = [
    (held.schedulers, "make", of_job),
    (Owned, "ask", of_owned),
    (Owned, "decided", of_owned),
    (results, "record", lambda session, lease, steps: searches.get(session, lease.search_id).name),
    (runs, "ask", lambda session, lease, *_: searches.get(session, lease.search_id).name),
    (leading, "standing", of_job),
    (significance, "conclude", of_job),
    (Insights, "due", lambda self, job, *_: job.name),
]


@pytest.mark.parametrize(
    ("place", "name", "of", "act"),
    [*((*place, raise_) for place in PLACES), (*PLACES[0], hoard), (*PLACES[2], hoard), (*PLACES[6], hoard)],
)
def test_what_a_search_raises_or_takes_wherever_it_does_ends_it_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch, place: Any, name: str, of: Any, act: Any
) -> None:
    sicken(monkeypatch, place, name, of, act)
    found = carried_out(database)
    assert found["healthy"] == ("succeeded", None)
    state, error = found["sick"]
    said = {raise_: "ZeroDivisionError: on purpose", hoard: "it needs more memory than there is for one search"}
    assert state == "failed" and (error or "").endswith(said[act])


def test_a_strategy_that_cannot_even_be_asked_ends_its_search_alone(database: Database) -> None:
    found = carried_out(database, Sick())
    assert found == {
        "sick": ("failed", "it cannot go on: RecursionError: on purpose"),
        "healthy": ("succeeded", None),
    }


def test_an_error_that_no_database_stores_as_it_is_fails_its_trial(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "searchsvc")  # xdist cannot send such a log
    with database.write() as session:
        search_id = searches.submit(session, kinds.read({**SMALL, "max_failed_trials": 0})).id
    executor = Instant(1)

    def start(work: Work, *_: object) -> None:
        raise ValueError("got \0 and \ud800")

    executor.start = start  # type: ignore[method-assign]
    runner = Runner(database, executor, 30.0, "/nowhere", Inline())  # type: ignore[arg-type]
    for _ in range(5):
        runner.turn()
    runner.close()
    with database.read() as session:
        search = searches.get(session, search_id)
        assert search.state == "failed" and (search.error or "").endswith("it could not be started: got ? and ?")


@pytest.mark.parametrize("factor", [1.00000001, 1, 0, -3, 1.05, 1e308])
def test_a_scheduler_that_would_have_endless_rungs_is_refused(factor: float) -> None:
    with pytest.raises(UserError, match=r"scheduler\.reduction_factor"):
        kinds.read({**SMALL, "scheduler": {"name": "asha", "reduction_factor": factor}})


def test_a_runner_holds_few_searches_and_takes_the_next_when_one_ends(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "FEWEST", 3)
    monkeypatch.setattr(held, "PER_PLACE", 1)
    with database.write() as session:
        made = sorted(searches.submit(session, kinds.read(SMALL)).id for _ in range(5))
    runner = Runner(database, Instant(2), 30.0, "/nowhere", Inline())  # type: ignore[arg-type]
    most = 0
    for _ in range(TURNS):
        runner._next_look = 0.0
        runner.turn()
        most = max(most, len(runner.owned))
        with database.read() as session:
            states = [searches.get(session, search_id).state for search_id in made]
        assert states.count("running") == len(runner.owned)
        if set(states) == {"succeeded"}:
            break
    assert most == held.FEWEST and set(states) == {"succeeded"}
    runner.close()
