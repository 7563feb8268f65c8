"""What the command line shows: tables, and a search watched live."""

import json
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
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
from searchsvc.metrics import catalog
from searchsvc.metrics.names import ACCURACY, fresh, on_test, renamed
from searchsvc.metrics.objectives import Goal
from searchsvc.metrics.words import UNTESTED, called, shown
from spaces.networks.presets import Published

WHO = 34  # characters of a leaderboard's row that say which candidate it is

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
            standing(s),
            done,
            when(s["created"]),
            Text(called(s["name"], s["kind"], s["task"])),
        )
    return table


def standing(search: Mapping[str, Any]) -> str:
    """The state of a search, and its place while it waits.

    >>> standing({"state": "queued", "queue_place": 3}), standing({"state": "running", "queue_place": None})
    ('queued, 3. in the queue', 'running')
    """
    place = search["queue_place"]
    return f"{search['state']}, {place}. in the queue" if place else str(search["state"])


def when(moment: str) -> str:
    """A moment of the API by this machine's clock, with its zone."""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M %Z")


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


def leaderboard_table(board: Leaderboard, width: int | None = None) -> Table:
    """As many columns as `width` holds, the terminal's by default; what does not fit is named below."""
    columns, left_out = _fitting(_columns(board), board.rows, (width or console.width) - WHO)
    named = any(row.point for row in board.rows)
    table = Table(Column("", no_wrap=True), "candidate", "values" if named else "neurons by layer", box=None)
    if left_out:
        table.caption = Text(f"Too narrow for: {', '.join(left_out)}. Piped (| cat), they are all there.")
    for name in columns:
        table.add_column(name, no_wrap=True, justify="right")
    for row in board.rows:
        table.add_row(
            str(row.rank),
            Text(f"{row.title} (violates {', '.join(row.violates)})" if row.violates else row.title),
            Text(row.summary),
            *(column(row) for column in columns.values()),
            style="bold" if row.is_best else "",
        )
    return table


def _fitting(
    columns: dict[str, Callable[[Row], str]], rows: Iterable[Row], room: int
) -> tuple[dict[str, Callable[[Row], str]], list[str]]:
    """The first columns, at least one, that `room` holds, and the names of the others."""
    fitting: dict[str, Callable[[Row], str]] = {}
    for name, column in columns.items():
        room -= 2 + max(len(name), *(len(column(row)) for row in rows), 0)
        if fitting and room < 0:
            break
        fitting[name] = column
    return fitting, [name for name in columns if name not in fitting]


def _columns(board: Leaderboard) -> dict[str, Callable[[Row], str]]:
    """What the leaderboard says of each candidate: its scores, and what else this search measures."""
    measured = {name for row in board.rows for name in row.metrics}
    scored = catalog.scored(measured) or ACCURACY
    columns = _scores(board, scored, measured)
    if "energy" in measured or not measured:
        columns["energy nJ"] = lambda row: _mean(row, "energy", lambda joule: f"{1e9 * joule:.0f}")
    elif "parameters" in measured:
        columns["parameters"] = lambda row: _mean(row, "parameters", lambda count: f"{count:.6g}")
    if any(row.energy_overhead for row in board.rows):
        columns[f"against {board.compared_with}"] = lambda row: (
            "" if row.energy_overhead is None else f"{100 * row.energy_overhead:+.1f} %"
        )
    if "compressed_accuracy/validation" in measured:
        columns["compressed %"] = lambda row: _estimate(row, "compressed_accuracy/validation")
    if any(row.prediction for row in board.rows):
        columns["predicted"] = lambda row: (
            "" if row.prediction is None else f"{row.prediction['mean']:.4g} ± {row.prediction['sd']:.2g}"
        )
    if board.objective not in (scored, "energy"):
        columns[board.objective] = lambda row: _mean(row, board.objective, lambda value: shown(board.objective, value))
    return columns


def _scores(board: Leaderboard, scored: str, measured: Collection[str]) -> dict[str, Callable[[Row], str]]:
    """The score that the search saw, that over fresh seeds, the test part's, and whether it differs from the best."""
    metric = catalog.known(scored)
    unit = f" {metric.unit}".rstrip()
    columns: dict[str, Callable[[Row], str]] = {
        "validation %" if scored == ACCURACY else f"{metric.name}{unit}": lambda row: _estimate(row, scored)
    }
    for name, title in ((fresh(scored), "fresh seeds"), *((name, "test") for name in on_test(scored))):
        if name in measured and f"{title}{unit}" not in columns:
            columns[f"{title}{unit}"] = lambda row, name=name: _estimate(row, name)  # type: ignore[misc]
    if any(_against_best(row) for row in board.rows):
        columns["against best"] = _against_best
    columns["seeds"] = lambda row: _of_all(row.metrics[scored]["n"] or 0, board.seeds) if scored in row.metrics else ""
    return columns


def _mean(row: Row, name: str, say: Callable[[float], str]) -> str:
    """Of a metric that the row may not have."""
    mean = row.metrics.get(name, {}).get("mean")
    return "" if mean is None else say(mean)


def _estimate(row: Row, name: str) -> str:
    """Mean and standard deviation of a metric that the row may not have."""
    found, metric = row.metrics.get(name, {}), catalog.known(name)
    mean, std = found.get("mean"), found.get("std")
    if mean is None:
        return ""
    digits = (".2f", ".2f") if metric.is_share else (".4g", ".2g")
    spread = "" if std is None else f" ± {metric.factor * std:{digits[1]}}"
    return f"{metric.factor * mean:{digits[0]}}{spread}"


def _of_all(n: float, seeds: int) -> str:
    """Further seeds, of a space that is used up, are more than all.

    >>> _of_all(2, 3), _of_all(16, 3)
    ('2/3', '16/16')
    """
    return f"{n:g}/{max(n, seeds):g}"


def _against_best(row: Row) -> str:
    if row.p_first is None:
        return "" if row.difference_first is None else UNTESTED
    return f"{'≈' if row.is_similar else '≠'} p = {row.p_first:.2g}"


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
    status, labels = search.status(), {}
    if status["queue_place"]:
        console.print(standing(status))
    if console.is_terminal:
        _watch_live(search)
    else:
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
        case "candidate_named":
            return f"{body['label']} is also {body['alias']}"
        case "trial_failed":
            return f"{name}: failed: {body['error']}"
        case "trial_lost":
            return f"{name}: runs again, attempt {body['attempt']}: {body['reason']}"
        case "trial_pruned":
            return f"{name}: ended early after epoch {body['step']}"
        case "report" if body["trial"] == 0 and body["steps"] > 1:
            return f"{name}: epoch {body['step']}/{body['steps']}, {_scored(body['metrics'])}"
        case "waiting":
            return f"waiting for a runner that can carry it out: {body['reason']}"
        case "trial_retried":
            return f"{name}: runs again, attempt {body['attempt']}"
        case "retried" | "succeeded" | "failed" | "cancelled" | "cancelling" | "paused" | "queued" | "resumed":
            return event.kind
    return None


def _scored(report: Mapping[str, float]) -> str:
    """The task's score after an epoch, where the report has it."""
    metrics = renamed(report)
    name = catalog.scored(metrics)
    return shown(name, metrics[name]) if name else "done"


def scores(means: Mapping[str, float]) -> str:
    """What a trial scored.

    >>> scores({"accuracy/validation": 0.9861, "accuracy/test": 0.9778, "energy": 7e-7})
    'validation accuracy 98.61 %, test 97.78 %'
    >>> scores({"memory_capacity/validation": 10.223, "memory_capacity/test": 10.17})
    'validation memory_capacity 10.22, test 10.17'
    """
    name = next(name for name in catalog.scores() if name in means)
    metric, test = catalog.get(name), on_test(name)[1]
    return f"validation {metric.name} {shown(name, means[name])}, test {shown(test, means[test])}"
