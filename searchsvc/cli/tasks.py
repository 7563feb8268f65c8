"""What the command line shows of tasks: the best across searches, and what the literature reports."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import RenderableType

from searchsvc.cli.display import width
from searchsvc.cli.tables import Column, Rows, table
from searchsvc.metrics import catalog
from searchsvc.metrics.names import fresh, on_test
from searchsvc.metrics.numbers import Numbers
from searchsvc.metrics.words import called, titled

Found = Mapping[str, Any]
MORE = "--json has them"


def tasks_table(tasks: Iterable[dict[str, Any]]) -> RenderableType:
    columns: list[Column[Found]] = [
        Column("task", "task", lambda task: str(task["name"]), stays=True),
        Column("searches", "searches", lambda task: str(task["searches"]), is_number=True),
        Column("best", "best so far", _best),
        Column("candidate", "candidate", _candidate, stays=True, least=12),
        Column("published", "published\nrows", lambda task: str(task["published"] or ""), is_number=True),
    ]
    rows: Rows[Found] = Rows(list(tasks))
    return table(columns, rows, width(), ("best", "searches", "published"), MORE)


def _best(task: Found) -> str:
    """Its score; over fresh seeds if there are any."""
    best, metric = task["best"], task["metric"]
    if not best:
        return ""
    found = best["metrics"][fresh(metric) if best["confirmed"] else metric]
    return f"{_numbers(metric, [found]).said(found['mean'], found['ci95'])} {catalog.known(metric).said}"


def _candidate(task: Found) -> str:
    return titled(task["best"]["label"], task["best"]["aliases"]) if task["best"] else ""


def task_table(board: Found) -> RenderableType:
    """The best candidates of a task across its searches."""
    metric, rows = board["metric"], board["rows"]
    confirmed = _column(fresh(metric), f"{catalog.known(metric).said}\nfresh seeds", rows, none="not confirmed")
    tests = [name for name in on_test(metric) if any(name in row["metrics"] for row in rows)][:1]
    columns: list[Column[Found]] = [
        Column("rank", "", lambda row: f"{row['rank']:>2}", stays=True, is_number=True),
        Column("candidate", "candidate", lambda row: titled(row["label"], row["aliases"]), stays=True, least=12),
        Column("search", "search", lambda row: _search(row, board["task"]), stays=True, least=12),
        Column("network", "network", lambda row: str(row["network"]), least=12),
        confirmed,
        _column(metric, f"{catalog.known(metric).said}\n{catalog.known(metric).split}", rows),
        Column("seeds", "seeds", lambda row: str(row["metrics"][metric]["n"]), is_number=True),
        *(_column(name, "test", rows) for name in tests),
        *(Column(name, name, _differing(name)) for name in board["differs"]),
    ]
    order = [confirmed.key, metric, "seeds", *board["differs"], *tests, "network"]
    return table(columns, Rows(rows), width(), order, MORE)


def _search(row: Found, task: str) -> str:
    return called(row["search_name"], row["kind"], task)


def _differing(name: str) -> Any:
    return lambda row: str(row["protocol"].get(name, ""))


def _column(name: str, title: str, rows: Iterable[Found], none: str = "") -> Column[Found]:
    """Of a metric; its unit stands in the title."""
    numbers = _numbers(name, [row["metrics"][name] for row in rows if name in row["metrics"]])

    def cell(row: Found) -> str:
        found = row["metrics"].get(name)
        return numbers.spread(found["mean"], found["ci95"]) if found else none

    return Column(name, f"{title} {numbers.unit}".rstrip(), cell, is_number=True)


def _numbers(metric: str, found: Iterable[Found]) -> Numbers:
    there = list(found)
    return Numbers.of(metric, [one["mean"] for one in there], [one["ci95"] for one in there])


def published_table(rows: Iterable[Found]) -> RenderableType:
    """What the literature reports, beside nothing of ours."""
    columns: list[Column[Found]] = [
        Column("source", "source", _source, stays=True, least=14),
        Column("method", "method", lambda row: str(row["method"]), stays=True, least=12),
        Column("network", "network", lambda row: row["network"] or "", least=12),
        Column("steps", "time\nsteps", _steps, is_number=True),
        Column("metric", "metric", lambda row: str(row["metric"])),
        Column("value", "value", lambda row: f"{row['value']:g} {row['unit']}".strip(), is_number=True),
        Column("note", "note", lambda row: str(row["note"]), least=16),
    ]
    return table(columns, Rows(list(rows)), width(), ("value", "metric", "network", "steps", "note"), MORE)


def _steps(row: Found) -> str:
    return "" if row["time_steps"] is None else str(row["time_steps"])


def _source(row: Found) -> str:
    return f"{row['source']['name']} {row['source']['year'] or ''}".strip()
