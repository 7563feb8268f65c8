"""What each trial and each page costs the database: transactions, statements, and whether an index answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from searchsvc.store.control import history, searches
from searchsvc.store.db import Database
from searchsvc.store.tables import CandidateMetric, Trial
from searchsvc.store.views import boards
from tests.bench.storage_boards import fill
from tests.bench.storage_writers import Instant, OneSearch
from workers.runner.loop import Runner

PAGE = 20


@contextmanager
def seen(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The statements sent meanwhile, with their parameters, and a COMMIT for each transaction that wrote."""
    found: list[tuple[str, Any]] = []

    def statement(connection: Any, cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
        if not sql.startswith("BEGIN"):
            found.append((sql, parameters))

    def commit(connection: Any) -> None:
        found.append(("COMMIT", ()))

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(database._writer, "commit", commit)
    yield found
    event.remove(Engine, "before_cursor_execute", statement)
    event.remove(database._writer, "commit", commit)


def rest(runner: Runner) -> None:
    """It does nothing by the clock any more: what a runner or a search costs a second is not a trial's."""
    runner._next_beat = runner._next_look = runner.presence._next_beat = float("inf")


def costs(database: Database, slots: int, trials: int) -> tuple[float, float]:
    """Write transactions and statements of a trial with so many at once, after the first ones."""
    executor = Instant(slots)
    runner = OneSearch(database, executor, f"{slots} at once")
    rest(runner)
    while executor.recorded < 48:  # then most candidates are known
        runner.turn()
    for owned in runner.owned.values():
        owned.compared_at = float("inf")  # leaders are compared now and then, by the clock
    before = executor.recorded
    with seen(database) as sent:
        while executor.recorded < before + trials:
            runner.turn()
    runner.close()
    recorded = executor.recorded - before
    return sum(sql == "COMMIT" for sql, _ in sent) / recorded, sum(sql != "COMMIT" for sql, _ in sent) / recorded


def test_a_trial_takes_two_write_transactions_and_fewer_among_others(database: Database) -> None:
    transactions, statements = costs(database, 1, 16)
    assert transactions == 2 and statements <= 28
    transactions, statements = costs(database, 8, 32)
    assert transactions == 2 / 8 and statements <= 6


def test_what_a_trial_costs_does_not_grow_with_the_trials_before_it(database: Database) -> None:
    runner = OneSearch(database, executor := Instant(8), "growing")
    runner.turn()
    rest(runner)
    read = []
    with seen(database) as sent:
        for _ in range(20):
            del sent[:]
            runner.turn()
            read.append(len(sent))
    told = [len(runner.owned[search_id].outcomes) for search_id in runner.owned]
    assert executor.recorded >= 100 and told[0] >= executor.recorded - 8
    assert max(read[10:]) <= max(read[:10])
    runner.close()


def test_a_runner_reads_each_outcome_once_and_all_of_them_after_a_restart(database: Database) -> None:
    first = OneSearch(database, executor := Instant(4), "restarted")
    while executor.recorded < 20:
        first.turn()
    ((search_id, owned),) = first.owned.items()
    with database.read() as session:
        everything = history.outcomes(session, search_id)
        told = session.scalars(
            select(Trial.number).where(Trial.search_id == search_id, Trial.tell_no.is_not(None)).order_by(Trial.tell_no)
        ).all()
        assert [o.number for o in everything] == list(told) and len(told) == 20
        assert history.outcomes(session, search_id, after=13) == everything[13:]
    assert owned.outcomes == everything[: len(owned.outcomes)] and len(owned.outcomes) >= 16
    first.close()


@pytest.fixture
def filled(database: Database) -> tuple[Database, Any]:
    return database, fill(database, 6000)


def plan(database: Database, sql: str, parameters: Any) -> str:
    explain = "EXPLAIN QUERY PLAN " if database.url.get_backend_name() == "sqlite" else "EXPLAIN "
    with database.read() as session:
        rows = session.connection().exec_driver_sql(explain + sql, parameters).all()
    return "\n".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize("place", [None, f"900:0:{180 / 360!r}:900"])
def test_a_page_is_ranges_of_indices_without_scan_sort_or_offset(filled: Any, place: str | None) -> None:
    database, search_id = filled
    cursor = place and f"{search_id}:accuracy/validation.down:{place}"
    with seen(database) as sent, database.read() as session:
        search = searches.get(session, search_id)  # as the route does; the session knows it then
        sent.clear()
        rows, following = boards.leaderboard(session, search.id, limit=PAGE, cursor=cursor)
        assert len(rows) == PAGE and following
    ranking = [(sql, parameters) for sql, parameters in sent if "mean DESC" in sql]
    assert len(sent) <= 5 and ranking
    for sql, parameters in sent:
        shown = plan(database, sql, parameters)
        assert "SCAN" not in shown and "Seq Scan" not in shown, shown
        assert "OFFSET" not in sql or parameters[-1] == 0  # SQLite's dialect always says it
        assert "TEMP B-TREE" not in shown and "Sort" not in shown, shown
    assert all("ix_candidate_metric_rank" in plan(database, *query) for query in ranking)


def test_pages_are_the_whole_order_even_where_many_tie(filled: Any) -> None:
    database, search_id = filled
    found, cursor = [], None
    with database.read() as session:
        while True:
            rows, cursor = boards.leaderboard(session, search_id, limit=333, cursor=cursor)
            found += [(row.metrics["accuracy/validation"].mean, row.candidate.id) for row in rows]
            if cursor is None:
                break
        m = CandidateMetric
        ranks = select(m.mean, m.candidate_id).where(m.metric == "accuracy/validation")
        expected = sorted(session.execute(ranks).all(), key=lambda row: (-row.mean, row.candidate_id))
    assert found == [tuple(row) for row in expected] and len(found) == 2000
    assert any(found[i - 1][0] == found[i][0] for i in range(333, 2000, 333))  # a page ends among equals
