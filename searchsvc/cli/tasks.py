"""What the command line shows of tasks: the best across searches, and what the literature reports."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Column, Table
from rich.text import Text

from searchsvc.metrics.names import fresh, on_test
from searchsvc.metrics.words import called, shown, titled


def tasks_table(tasks: Iterable[dict[str, Any]]) -> Table:
    table = Table(Column("task", no_wrap=True), "searches", "best so far", "candidate", "published rows", box=None)
    for task in tasks:
        best, metric = task["best"], task["metric"]
        value = (
            f"{_spread(metric, best['metrics'][fresh(metric) if best['confirmed'] else metric])} {metric}"
            if best
            else ""
        )
        name = Text(titled(best["label"], best["aliases"]) if best else "")
        table.add_row(task["name"], str(task["searches"]), value, name, str(task["published"] or ""))
    return table


def task_table(board: Mapping[str, Any]) -> Table:
    """The best candidates of a task across its searches."""
    metric = board["metric"]
    table = Table(
        "", "candidate", "search", "network", "fresh seeds", metric, "seeds", "test", *board["differs"], box=None
    )
    test = next((name for name in on_test(metric) if any(name in row["metrics"] for row in board["rows"])), "")
    for row in board["rows"]:
        found = row["metrics"]
        confirmed = _spread(metric, found.get(fresh(metric))) if row["confirmed"] else "not confirmed"
        columns = [_spread(metric, found[metric]), str(found[metric]["n"]), _spread(metric, found.get(test))]
        search = called(row["search_name"], row["kind"], board["task"])
        names = [Text(titled(row["label"], row["aliases"])), Text(search), row["network"]]
        differing = [str(row["protocol"].get(name, "")) for name in board["differs"]]
        table.add_row(str(row["rank"]), *names, confirmed, *columns, *differing)
    return table


def published_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """What the literature reports, beside nothing of ours."""
    table = Table("source", "method", "network", "time steps", "metric", "value", "note", box=None)
    for row in rows:
        steps = "" if row["time_steps"] is None else str(row["time_steps"])
        value = f"{row['value']:g} {row['unit']}".strip()
        source = f"{row['source']['name']} {row['source']['year'] or ''}".strip()
        table.add_row(source, row["method"], row["network"] or "", steps, row["metric"], value, row["note"])
    return table


def _spread(metric: str, found: Mapping[str, float | None] | None) -> str:
    if found is None or found["mean"] is None:
        return ""
    interval = "" if found["ci95"] is None else f" ± {shown(metric, found['ci95'])}"
    return f"{shown(metric, found['mean'])}{interval}"
