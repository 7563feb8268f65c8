"""A search of any size made by a few statements, and the time that the API takes to answer for it."""

import os
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import Select, String, cast, insert, literal, literal_column, select, text

import searchsvc.store.db
from searchsvc import kinds
from searchsvc.metrics.objectives import Goal
from searchsvc.store.control import searches
from searchsvc.store.db import Database
from searchsvc.store.tables import Candidate, CandidateMetric, Search, Trial
from searchsvc.store.views.ranking import Order, Place, write_cursor
from searchsvc.strategy import Asked
from tests.bench.storage_writers import RESULT, SPEC
from workers.runner.asker import Question, answer

SEEDS = 3
IDS = {"sqlite": "printf('%032x', i)", "postgresql": "CAST(lpad(to_hex(i), 32, '0') AS uuid)"}


def fill(database: Database, trials: int) -> UUID:
    """A finished search of so many trials, three seeds of each candidate; accuracies tie as those of 360 images do."""
    job = kinds.read(SPEC)
    (suggestion,) = answer(Question(job.to_json(), (Asked(0, "super network", 0),), (), 1))
    configuration = suggestion.candidate.body.model_dump(mode="json")
    score = literal_column("(i % 361 * 7919 % 361) / 360.0")
    with database.write() as session:
        search = searches.submit(session, job)
        search.state, search.trial_count, search.tell_count = "succeeded", trials, trials
        one: dict[str, Any] = {"search_id": literal(search.id, Search.id.type), "phase": literal("retrain")}
        i = literal_column("i")
        candidate = {
            "number": i,
            "origin": literal("random"),
            "label": literal("random ") + cast(i, String),
            "seeds": literal(SEEDS),
            "configuration": literal(configuration, Candidate.configuration.type),
        }
        _insert(session, Candidate, trials // SEEDS, {"id": i, **one, **candidate})
        metric = {"search_id": one["search_id"], "n": literal(SEEDS), "mean": score, "m2": literal(1e-4)}
        for name in RESULT["metrics"]:
            named = {"metric": literal(name)}
            _insert(session, CandidateMetric, trials // SEEDS, {"candidate_id": i, **metric, **named})
        numbers = {"number": i, "seed": i, "tell_no": i, "candidate_id": literal_column(f"(i - 1) / {SEEDS} + 1")}
        counts = {name: literal(1) for name in ("attempt", "steps", "asked_after")} | {"losses": literal(0)}
        times = {"created": literal(0.0), "state": literal("done"), "score": score}
        measured = {"metrics": literal(RESULT["metrics"], Trial.metrics.type)}
        identity = {"id": literal_column(IDS[session.get_bind().dialect.name])}
        _insert(session, Trial, trials // SEEDS * SEEDS, {**identity, **one, **numbers, **counts, **times, **measured})
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SELECT setval(pg_get_serial_sequence('candidate', 'id'), max(id)) FROM candidate"))
    with database._writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return search.id


def _insert(session: Any, table: type, count: int, columns: dict[str, Any]) -> None:
    n = select(literal(1).label("i")).cte("n", recursive=True)
    n = n.union_all(select(n.c.i + 1).where(n.c.i < count))
    rows: Select[Any] = select(*columns.values()).select_from(n)
    session.execute(insert(table.__table__).from_select(list(columns), rows))  # type: ignore[attr-defined]


@contextmanager
def served(url: str, wal: bool) -> Iterator[str]:
    """The API in a process of its own; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = get_context("spawn").Process(target=_serve, args=(url, port, wal), daemon=True)
    process.start()
    address = f"http://127.0.0.1:{port}"
    while True:
        try:
            httpx.get(f"{address}/healthz")
            break
        except httpx.ConnectError:
            time.sleep(0.05)
    yield address
    process.terminate()
    process.join()


def _serve(url: str, port: int, wal: bool) -> None:
    import uvicorn

    from api.app import create_app

    searchsvc.store.db.WAL_IS_SAFE = wal
    os.environ["SEARCHSVC_DATABASE_URL"] = url
    uvicorn.run(create_app(), host="127.0.0.1", port=port, log_level="error", access_log=False)


def latencies(address: str, search_id: UUID, requests: int) -> dict[str, float]:
    """Milliseconds of the first page and of one in the middle, by turns, and the larger one's kB."""
    path = f"{address}/v1/searches/{search_id}/leaderboard"
    pages: list[dict[str, Any]] = [{}, {"cursor": write_cursor(search_id, Order.of(Goal()), 5000, Place(5000, 0.5, 0))}]
    spent: list[float] = []
    size = 0
    with httpx.Client() as client:
        for request in range(-4, requests):
            began = time.perf_counter()
            answer = client.get(path, params=pages[request % 2]).raise_for_status()
            size = max(size, len(answer.content))
            if request >= 0:
                spent.append(1000 * (time.perf_counter() - began))
    cuts = statistics.quantiles(spent, n=100, method="inclusive")
    return {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "kB": size / 1000}
