"""Look into searches of a service: one of them, its trials, what happened, and candidates side by side."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from searchsvc.cli import display, tables
from searchsvc.cli._arguments import Json, SearchId, Url
from searchsvc.cli.display import console, print_json
from searchsvc.client import Client, Event
from searchsvc.metrics import catalog
from searchsvc.metrics.numbers import Numbers, duration
from searchsvc.metrics.objectives import Goal
from searchsvc.metrics.words import called, standing, titled

app = typer.Typer()
Found = Mapping[str, Any]


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
    console.print(_fields_table(letters, differing) if differing else "Their configurations are the same.")


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


def _trials_table(trials: Sequence[Found], metric: str) -> RenderableType:
    scores = Numbers.of(metric, [trial["score"] for trial in trials])
    about = catalog.known(metric)
    title = f"{about.said}\n{about.split} {scores.unit}".rstrip()
    columns: list[tables.Column[Found]] = [
        tables.Column("number", "", lambda trial: str(trial["number"]), stays=True, is_number=True),
        tables.Column("candidate", "candidate", lambda trial: titled(trial["label"], trial["aliases"]), True, least=12),
        tables.Column("seed", "seed", lambda trial: str(trial["seed"]), is_number=True),
        tables.Column("phase", "phase", lambda trial: str(trial["phase"])),
        tables.Column("state", "state", lambda trial: str(trial["state"])),
        tables.Column("score", title, lambda trial: scores.value(trial["score"]), is_number=True),
        tables.Column("took", "took", _took, is_number=True),
    ]
    order = ("state", "score", "seed", "phase", "took")
    return tables.table(columns, tables.Rows(trials), display.width(), order, "--json has them")


def _took(trial: Found) -> str:
    return duration(_seconds(trial)) if trial["finished"] and trial["started"] else ""


def _seconds(trial: Mapping[str, Any]) -> float:
    return (datetime.fromisoformat(trial["finished"]) - datetime.fromisoformat(trial["started"])).total_seconds()


def _metrics_table(letters: Sequence[str], metrics: Sequence[Found]) -> RenderableType:
    """Each metric in its own unit, with as many digits as tell the candidates apart."""
    columns: list[tables.Column[Found]] = [
        tables.Column("metric", "metric", _measured, stays=True),
        *(tables.Column(letter, letter, _mean(i), is_number=True) for i, letter in enumerate(letters)),
    ]
    for i, letter in enumerate(letters[1:], 1):
        columns.append(tables.Column(f"{letter}-{letters[0]}", f"{letter} - {letters[0]}", _gap(i), is_number=True))
    return tables.table(columns, tables.Rows(metrics), display.width(), more="--json has them")


def _fields_table(letters: Sequence[str], leaves: Sequence[Found]) -> RenderableType:
    columns: list[tables.Column[Found]] = [
        tables.Column("field", "field", lambda leaf: str(leaf["path"]), stays=True),
        *(tables.Column(letter, letter, _value(i), stays=True, least=8) for i, letter in enumerate(letters)),
    ]
    return tables.table(columns, tables.Rows(leaves), display.width())


def _value(i: int) -> Callable[[Found], str]:
    def cell(leaf: Found) -> str:
        return "" if leaf["values"][i] == "absent" else json.dumps(leaf["values"][i])

    return cell


def _numbers(metric: Found) -> Numbers:
    there = [one for one in metric["estimates"] if one]
    return Numbers.of(metric["name"], [one["mean"] for one in there], [one["ci95"] for one in there])


def _measured(metric: Found) -> str:
    return f"{metric['name']} {_numbers(metric).unit}".rstrip()


def _mean(i: int) -> Callable[[Found], str]:
    def cell(metric: Found) -> str:
        one = metric["estimates"][i]
        return _numbers(metric).spread(one["mean"], one["ci95"]) if one else ""

    return cell


def _gap(i: int) -> Callable[[Found], str]:
    def cell(metric: Found) -> str:
        one = metric["differences"][i]
        return _numbers(metric).signed(one["value"], one["ci95"]) if one else ""

    return cell


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
