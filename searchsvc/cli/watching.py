"""A search watched live: its leaderboard and how far it is on a terminal, else a line for each finished trial."""

import time
from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress import TaskID, TextColumn

from searchsvc.cli import boards
from searchsvc.cli.display import console, progress_bar, width
from searchsvc.client import Event, Search
from searchsvc.metrics import catalog
from searchsvc.metrics.names import ACCURACY, renamed
from searchsvc.metrics.objectives import Goal
from searchsvc.metrics.words import left, shown, standing

CANDIDATES = 12
SECONDS = 1.0  # between two looks at how far it is


def watch(search: Search) -> None:
    """Follow a search to its end."""
    status = search.status()
    if status["queue_place"]:
        console.print(standing(status["state"], status["queue_place"]))
    if console.is_terminal:
        _live(search)
    else:
        _lines(search, status)


def _left(status: Mapping[str, Any]) -> str:
    """Or, where that is not known, how it stands."""
    return left(status["progress"].get("seconds_left")) or standing(status["state"], status["queue_place"])


class _View:
    """What stands on the terminal: bars, below them the leading candidates."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.bar = progress_bar(TextColumn("{task.fields[left]}"), expand=True)
        self.trials = self.bar.add_task("trials", total=None, left="")
        self.training = self.bar.add_task("super network", total=None, visible=False, left="")
        self.looked = -SECONDS
        self.board: RenderableType = ""

    def told(self, event: Event) -> None:
        body = event.body
        if event.kind == "report" and body["trial"] == 0 and body["steps"] > 1:
            self._advance(self.training, body["step"], body["steps"], visible=body["step"] < body["steps"])

    def look(self, *, again: bool = False) -> Group:
        """At the search's state and leaderboard, unless that was just now."""
        now = time.monotonic()
        if again or now >= self.looked + SECONDS:
            self.looked = now
            status = self.search.status()
            progress = status["progress"]
            ended = progress["done"] + progress["pruned"] + progress["failed"]
            self._advance(self.trials, ended, progress["total"], left=_left(status))
            board = self.search.leaderboard(limit=CANDIDATES)
            self.board = boards.table(board, width()) if board.rows else ""
        return Group(self.bar, self.board)

    def _advance(self, task: TaskID, completed: int, total: int, **fields: Any) -> None:
        self.bar.update(task, completed=completed, total=total, **fields)


def _live(search: Search) -> None:
    view = _View(search)
    with Live(view.look(), console=console, refresh_per_second=4) as live:
        for event in search.events():
            view.told(event)
            live.update(view.look())
        live.update(view.look(again=True))


def _lines(search: Search, status: Mapping[str, Any]) -> None:
    total, metric = status["progress"]["total"], Goal.of(status["spec"]).objective.metric
    labels: dict[int, str] = {}
    looked, said = time.monotonic(), left(status["progress"].get("seconds_left"))
    for event in search.events():
        if event.kind == "trial_asked":
            labels[event.body["trial"]] = event.body["label"]
        if line := _line(event, total, labels, metric):
            if event.kind == "trial_done" and time.monotonic() >= looked + SECONDS:
                looked, said = time.monotonic(), left(search.status()["progress"].get("seconds_left"))
            rest = f", {said}" if said and event.kind == "trial_done" else ""
            console.print(f"{line}{rest}", highlight=False, markup=False, soft_wrap=True)


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
