"""What the command line shows: tables, and a search watched live."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table
from rich.text import Text

from searchsvc.client import Event, Leaderboard, Row, Search
from searchsvc.objectives import ACCURACY, SCORES, Goal
from searchsvc.words import called, shown
from spaces.networks.presets import Published

Estimate = dict[str, float | None]  # a metric's n, mean, std and ci95

console = Console(width=None if sys.stdout.isatty() else 160)
errors = Console(stderr=True)


def print_json(value: Any) -> None:
    print(json.dumps(value, indent=2))


def searches_table(searches: Iterable[dict[str, Any]]) -> Table:
    table = Table(Column("id", no_wrap=True), "state", "trials", "created", "name", box=None)
    for s in searches:
        now = s["progress"]
        done = f"{now['done'] + now['pruned'] + now['failed']}/{now['total']}"
        table.add_row(
            s["id"],
            s["state"],
            done,
            s["created"][11:19],
            Text(called(s["name"], s["kind"], s["spec"]["task"]["name"])),
        )
    return table


def presets_table(presets: Iterable[Published]) -> Table:
    table = Table(Column("preset", no_wrap=True), "smallest margin", "neurons by layer", box=None)
    for row in presets:
        table.add_row(row.name, f"{row.margin:.3g}", " ".join(row.placement))
    return table


def figures_table(offers: Iterable[Mapping[str, Any]]) -> Table:
    table = Table(Column("kind", no_wrap=True), "picture", "of", box=None)
    for offer in offers:
        table.add_row(offer["kind"], offer["title"], Text(", ".join(offer["of"])))
    return table


def leaderboard_table(board: Leaderboard) -> Table:
    columns = _columns(board)
    named = any(row.point for row in board.rows)
    table = Table("", "candidate", "values" if named else "neurons by layer", box=None)
    for name in columns:
        table.add_column(name, no_wrap=True, justify="right")
    for row in board.rows:
        table.add_row(
            str(row.rank),
            Text(f"{row.label} (violates {', '.join(row.violates)})" if row.violates else row.label),
            Text(row.summary),
            *(column(row) for column in columns.values()),
            style="bold" if row.is_best else "",
        )
    return table


def _columns(board: Leaderboard) -> dict[str, Callable[[Row], str]]:
    """What the leaderboard says of each candidate: its scores, and what else this search measures."""
    scored = next((name for row in board.rows for name in SCORES if name in row.metrics), ACCURACY)
    columns = _accuracy_columns(board) if scored == ACCURACY else _score_columns(board, scored.partition("/")[0])
    if board.objective not in (scored, "energy"):
        columns[board.objective] = lambda row: shown(board.objective, row.metrics[board.objective]["mean"] or 0)
    return columns


def _accuracy_columns(board: Leaderboard) -> dict[str, Callable[[Row], str]]:
    columns = _measured(board, "accuracy", "validation %", " %", _percent)
    columns["energy nJ"] = lambda row: f"{1e9 * (row.metrics['energy']['mean'] or 0):.0f}"
    if any(row.energy_overhead for row in board.rows):
        columns["against LIF"] = lambda row: (
            "" if row.energy_overhead is None else f"{100 * row.energy_overhead:+.1f} %"
        )
    if any("compressed_accuracy/validation" in row.metrics for row in board.rows):
        columns["compressed %"] = lambda row: _percent(row.metrics.get("compressed_accuracy/validation"))
    return columns


def _score_columns(board: Leaderboard, metric: str) -> dict[str, Callable[[Row], str]]:
    columns = _measured(board, metric, metric, "", _number)
    if any("parameters" in row.metrics for row in board.rows):
        columns["parameters"] = lambda row: f"{row.metrics['parameters']['mean'] or 0:.6g}"
    if any(row.prediction for row in board.rows):
        columns["predicted"] = lambda row: (
            "" if row.prediction is None else f"{row.prediction['mean']:.4g} ± {row.prediction['sd']:.2g}"
        )
    return columns


def _measured(
    board: Leaderboard, metric: str, title: str, unit: str, say: Callable[[Estimate | None], str]
) -> dict[str, Callable[[Row], str]]:
    """The score that the search saw, that over fresh seeds, the test part's, and whether it differs from the best."""
    columns: dict[str, Callable[[Row], str]] = {title: lambda row: say(row.metrics.get(f"{metric}/validation"))}
    has_fresh = any(f"{metric}/test_confirmed" in row.metrics for row in board.rows)
    test = "test_confirmed" if has_fresh else "test"
    for split, name in (("validation_confirmed", "fresh seeds"), (test, "test")):
        if any(f"{metric}/{split}" in row.metrics for row in board.rows):
            columns[f"{name}{unit}"] = lambda row, split=split: say(row.metrics.get(f"{metric}/{split}"))  # type: ignore[misc]
    if any(row.p_first is not None for row in board.rows):
        columns["against best"] = _against_best
    columns["seeds"] = lambda row: f"{row.metrics[f'{metric}/validation']['n']}/{board.seeds}"
    return columns


def _against_best(row: Row) -> str:
    return "" if row.p_first is None else f"{'≈' if row.is_similar else '≠'} p = {row.p_first:.2g}"


def progress_bar(**options: Any) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        **options,
    )


def watch(search: Search) -> None:
    """Follow a search to its end: a live leaderboard on a terminal, else a line for each finished trial."""
    if console.is_terminal:
        _watch_live(search)
    else:
        status, labels = search.status(), {}
        total, metric = status["progress"]["total"], Goal.of(status["spec"]).objective.metric
        for event in search.events():
            if event.kind == "trial_asked":
                labels[event.body["trial"]] = event.body["label"]
            if line := _line(event, total, labels, metric):
                console.print(line, highlight=False, markup=False)


def _watch_live(search: Search) -> None:
    bar = progress_bar()
    trials = bar.add_task("trials", total=search.status()["progress"]["total"])
    training = bar.add_task("super network", total=None, visible=False)
    with Live(console=console, refresh_per_second=4) as live:
        for event in search.events():
            if event.kind in ("trial_done", "trial_pruned", "trial_failed"):
                bar.advance(trials)
            if event.kind == "report" and event.body["trial"] == 0 and event.body["steps"] > 1:
                bar.update(training, completed=event.body["step"], total=event.body["steps"], visible=True)
            if event.kind in ("submitted", "report", "trial_done"):
                live.update(Group(leaderboard_table(search.leaderboard(limit=12)), bar))


def _line(event: Event, total: int, labels: dict[int, str], metric: str) -> str | None:
    body = event.body
    name = f"trial {body.get('trial', 0):>3}, {labels.get(body.get('trial', 0), '?')}"
    match event.kind:
        case "trial_done":
            what = "validation accuracy" if metric == ACCURACY else metric
            score = "unknown" if body["score"] is None else shown(metric, body["score"])
            return f"{name}: done ({body['tell']}/{total}), {what} {score}"
        case "trial_failed":
            return f"{name}: failed: {body['error']}"
        case "trial_lost":
            return f"{name}: runs again, attempt {body['attempt']}: {body['reason']}"
        case "trial_pruned":
            return f"{name}: ended early after epoch {body['step']}"
        case "report" if body["trial"] == 0 and body["steps"] > 1:
            return f"{name}: epoch {body['step']}/{body['steps']}, {100 * body['metrics']['validation_accuracy']:.2f} %"
        case "succeeded" | "failed" | "cancelled" | "cancelling" | "paused" | "resumed":
            return event.kind
    return None


def scores(means: Mapping[str, float]) -> str:
    """What a trial scored.

    >>> scores({"accuracy/validation": 0.9861, "accuracy/test": 0.9778, "energy": 7e-7})
    'validation accuracy 98.61 %, test 97.78 %'
    >>> scores({"memory_capacity/validation": 10.223, "memory_capacity/test": 10.17})
    'validation memory_capacity 10.22, test 10.17'
    """
    name = next(name for name in SCORES if name in means)
    metric = name.partition("/")[0]
    return f"validation {metric} {shown(name, means[name])}, test {shown(name, means[f'{metric}/test'])}"


def _number(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    spread = "" if estimate["std"] is None else f" ± {estimate['std']:.2g}"
    return f"{estimate['mean'] or 0:.4g}{spread}"


def _percent(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    spread = "" if estimate["std"] is None else f" ± {100 * estimate['std']:.2f}"
    return f"{100 * (estimate['mean'] or 0):.2f}{spread}"
