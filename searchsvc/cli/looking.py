"""Look into searches of a service: one of them, its trials, what happened, and candidates side by side."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Column, Table
from rich.text import Text

from searchsvc.cli import display
from searchsvc.cli._arguments import Json, SearchId, Url
from searchsvc.cli.display import console, print_json
from searchsvc.client import Client, Event
from searchsvc.metrics.objectives import Goal
from searchsvc.metrics.words import called, shown, standing, titled

app = typer.Typer()


@app.command()
def show(
    search_id: SearchId,
    spec: Annotated[bool, typer.Option("--spec", help="its specification as YAML, ready for submit")] = False,
    json_: Json = False,
    url: Url = None,
) -> None:
    """Show a search: how it stands, what it says of itself, its verdict."""
    status = Client(url).search(search_id).status()
    if json_:
        print_json(status["spec"] if spec else status)
    elif spec:
        from searchsvc import files

        _say(files.to_yaml(status["spec"]).rstrip())
    else:
        for name, value in _about(status):
            _say(f"{name:<10} {value}")


@app.command()
def trials(
    search_id: SearchId,
    state: Annotated[str | None, typer.Option(help="only of this state, such as failed")] = None,
    json_: Json = False,
    url: Url = None,
) -> None:
    """List a search's trials: candidate, seed, state, score, and why one failed."""
    search = Client(url).search(search_id)
    found = [trial for trial in search.trials() if state in (None, trial["state"])]
    if json_:
        print_json(found)
        return
    console.print(_trials_table(found, Goal.of(search.status()["spec"]).objective.metric))
    for trial in found:
        if trial["error"]:
            _say(f"trial {trial['number']}: {trial['error'].strip().rpartition(chr(10))[2]}")


@app.command()
def logs(
    search_id: SearchId,
    trial: Annotated[int | None, typer.Option(min=0, help="only of the trial of this number, with its errors")] = None,
    json_: Json = False,
    url: Url = None,
) -> None:
    """Show what has happened so far, with --json one event a line; `watch` follows it to the end."""
    search = Client(url).search(search_id)
    last = search.status()["events"]
    for event in search.events():
        if trial is None or event.body.get("trial") == trial:
            print(json.dumps(asdict(event)), flush=True) if json_ else _say(_line(event))
        if event.number >= last:
            break
    if trial is not None and not json_:
        for one in search.trials():
            if one["number"] == trial and one["error"]:
                _say(one["error"].rstrip())


@app.command()
def compare(
    candidates: Annotated[
        list[str],
        typer.Argument(metavar="ID:CANDIDATE...", help="2 to 6, of one search or several, by name or number"),
    ],
    json_: Json = False,
    url: Url = None,
) -> None:
    """Show candidates side by side: what differs, metrics, and how far from the first (95 % interval)."""
    found = Client(url).compare(candidates)
    if json_:
        print_json(found)
        return
    for one in found["candidates"]:
        about = called(one["search_name"], one["kind"], one["network"])
        _say(f"{one['name']} of {about} ({one['search_id']})")
    letters = [one["letter"] for one in found["candidates"]]
    console.print(_metrics_table(letters, found["metrics"]))
    differing = [leaf for leaf in found["configuration"] if leaf["differs"]]
    table = Table(Column("field", no_wrap=True), *letters, box=None)
    for leaf in differing:
        table.add_row(leaf["path"], *(Text(json.dumps(v) if v != "absent" else "") for v in leaf["values"]))
    console.print(table if differing else "Their configurations are the same.")


def _about(status: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    now = status["progress"]
    counted = [f"{now[name]} {name}" for name in ("done", "failed", "pruned", "running") if now[name]]
    yield "name", called(status["name"], status["kind"], status["spec"].get("task", {}).get("name", ""))
    yield "id", status["id"]
    yield "kind", status["kind"]
    yield "state", standing(status["state"], status["queue_place"])
    yield "trials", f"{', '.join(counted) or 'none yet'} of {now['total']}"
    for name in ("created", "started", "finished"):
        if status[name]:
            yield name, display.when(status[name])
    for name in ("error", "waiting", "health"):
        if status[name]:
            yield name, status[name]
    for warning in status["warnings"]:
        yield "warning", warning
    if status["conclusion"]:
        yield "verdict", status["conclusion"]["sentence"]


def _trials_table(trials: Iterable[Mapping[str, Any]], metric: str) -> Table:
    right: Any = {"justify": "right", "no_wrap": True}
    table = Table(Column("", **right), "candidate", Column("seed", **right), "phase", "state", box=None)
    table.add_column(metric, **right)
    table.add_column("s", **right)
    for trial in trials:
        score = "" if trial["score"] is None else shown(metric, trial["score"])
        name = Text(titled(trial["label"], trial["aliases"]))
        took = f"{_seconds(trial):.1f}" if trial["finished"] and trial["started"] else ""
        table.add_row(str(trial["number"]), name, str(trial["seed"]), trial["phase"], trial["state"], score, took)
    return table


def _seconds(trial: Mapping[str, Any]) -> float:
    return (datetime.fromisoformat(trial["finished"]) - datetime.fromisoformat(trial["started"])).total_seconds()


def _metrics_table(letters: list[str], metrics: Iterable[Mapping[str, Any]]) -> Table:
    right: Any = {"justify": "right", "no_wrap": True}
    table = Table(Column("metric", no_wrap=True), *(Column(letter, **right) for letter in letters), box=None)
    for letter in letters[1:]:
        table.add_column(f"{letter} - {letters[0]}", **right)
    for metric in metrics:
        name, first = metric["name"], metric["differences"][1:]
        means = ["" if each is None else shown(name, each["mean"]) for each in metric["estimates"]]
        table.add_row(name, *means, *(_difference(each) for each in first))
    return table


def _difference(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return ""
    return f"{found['value']:+.3g}" + ("" if found["ci95"] is None else f" ± {found['ci95']:.2g}")


def _line(event: Event) -> str:
    """
    >>> _line(Event(1, "trial_done", {"time": 0, "trial": 3, "score": 0.5})).partition("  ")[2]
    'trial_done  trial 3, score 0.5'
    """
    body = {name: value for name, value in event.body.items() if name != "time"}
    moment = datetime.fromtimestamp(event.body["time"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    said = ", ".join(f"{name} {value if isinstance(value, str) else json.dumps(value)}" for name, value in body.items())
    return f"{moment}  {event.kind}  {said}".rstrip()


def _say(text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
