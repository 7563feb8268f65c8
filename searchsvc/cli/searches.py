"""Submit, watch and read searches of a service."""

import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from searchsvc import files
from searchsvc.cli import display, watching
from searchsvc.cli import tasks as display_tasks
from searchsvc.cli._arguments import Columns, Json, SearchId, Url
from searchsvc.cli.display import console, print_json
from searchsvc.client import Client, Search
from searchsvc.client.output import whole
from searchsvc.metrics.words import titled
from spaces.errors import GoneError
from spaces.space.points import described

app = typer.Typer()
GIB = 1 << 30
State = Literal["queued", "running", "paused", "cancelling", "cancelled", "succeeded", "failed"]


@app.command()
def submit(
    file: Annotated[Path, typer.Argument(help="specification, YAML or JSON; -: standard input", allow_dash=True)],
    watch: Annotated[bool, typer.Option("--watch", help="follow the search to its end")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what it would take")] = False,
    json_: Json = False,
    url: Url = None,
) -> None:
    """Submit a search."""
    client = Client(url)
    if dry_run:
        found = client.estimate(files.mapping(file))
        print_json(found) if json_ else console.print(_taking(found), highlight=False, markup=False, soft_wrap=True)
        return
    search = client.submit(files.mapping(file))
    if json_:
        print_json({"id": search.id, "url": f"{client.url}/v1/searches/{search.id}", "warnings": list(search.warnings)})
    else:
        console.print(search.id, highlight=False)
        console.print(
            f"watch it: searchsvc watch {search.id}, or {client.url}/searches/{search.id}",
            highlight=False,
            soft_wrap=True,
        )
        for warning in search.warnings:
            display.errors.print(f"warning: {warning}", highlight=False, markup=False, soft_wrap=True)
    if watch:
        _follow(search, json_)


@app.command()
def ls(
    state: Annotated[State | None, typer.Option(help="only of this state")] = None,
    kind: Annotated[str | None, typer.Option(help="only of this kind")] = None,
    name: Annotated[str, typer.Option(help="only with this in their names", show_default="all")] = "",
    limit: Annotated[int, typer.Option(min=1, help="so many at most")] = 50,
    every: Annotated[bool, typer.Option("--all", help="all there are")] = False,
    columns: Columns = None,
    json_: Json = False,
    url: Url = None,
) -> None:
    """List searches, newest first."""
    wanted = None if every else limit + 1  # one more says whether there are more
    found = Client(url).searches(wanted, state=state, kind=kind, name=name)
    shown = found if every else found[:limit]
    if json_:
        print_json(shown)
        return
    console.print(display.searches_table(shown, columns), highlight=False)
    if len(shown) < len(found):
        console.print(f"These are the newest {limit}; --all shows every one.", highlight=False)


@app.command()
def tasks(
    task: Annotated[str | None, typer.Argument(help="its name; else all are listed")] = None,
    json_: Json = False,
    url: Url = None,
) -> None:
    """List tasks with the best so far, or show the best of one across its searches and what the literature reports."""
    client = Client(url)
    if task is None:
        every = client.tasks()
        print_json(every) if json_ else console.print(display_tasks.tasks_table(every))
        return
    board = client.task(task)
    if json_:
        print_json(board)
        return
    nothing = "No candidate of a search of this task is complete."
    console.print(display_tasks.task_table(board) if board["rows"] else nothing)
    if board["differs"]:
        console.print(f"These rows differ in {', '.join(board['differs'])}.", highlight=False)
    if board["other_metrics"]:
        console.print(f"Searches by {', '.join(board['other_metrics'])} are not among them.", highlight=False)
    if board["published"]:
        console.print("\nPublished, not run here:", highlight=False)
        console.print(display_tasks.published_table(board["published"]))


@app.command()
def watch(search_id: SearchId, json_: Json = False, url: Url = None) -> None:
    """Follow a search to its end; with --json one event a line. Exit status 1 if it did not succeed."""
    _follow(Client(url).search(search_id), json_)


@app.command()
def best(
    search_id: SearchId,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="file to write; else it is printed")] = None,
    weights: Annotated[Path | None, typer.Option(help="also save the trained weights (safetensors)")] = None,
    rank: int = 1,
    candidate: Annotated[str | None, typer.Option(help="label or number of one, instead of a rank")] = None,
    json_: Json = False,
    url: Url = None,
) -> None:
    """Pull the best configuration, or that of a candidate, ready for spaces.networks.build."""
    search = Client(url).search(search_id)
    with whole(output) if output else nullcontext() as file:
        found = search.best(rank, candidate)
        if weights:
            search.weights(weights, rank, candidate)
        if file:
            file.write_text(json.dumps(found, indent=2) + "\n")
    if output is None:
        print_json(found)
        return
    if json_:
        print_json({"path": str(output), "label": found["manifest"]["label"]})
    else:
        neurons = " ".join(neuron["name"] for neuron in found["neurons"])
        about = described(found["manifest"].get("point", {})) or neurons
        console.print(
            f"{output}: {titled(found['manifest']['label'], found['manifest']['aliases'])} ({about})",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
        if weights:
            console.print(
                f"{weights}: trained weights, seed {found['manifest']['seed']}", highlight=False, markup=False
            )


class Format(StrEnum):
    csv = "csv"
    parquet = "parquet"


@app.command()
def export(
    search_id: SearchId,
    output: Annotated[Path, typer.Option("--output", "-o", help="file to write")],
    format_: Annotated[Format | None, typer.Option("--format", help="of the file; else as its name ends")] = None,
    json_: Json = False,
    url: Url = None,
) -> None:
    """Save every trial of a search as a table."""
    chosen = format_ or (Format.parquet if output.suffix == ".parquet" else Format.csv)
    made = Client(url).search(search_id).export(output, chosen.value)
    print_json({"path": str(made)}) if json_ else console.print(str(made), highlight=False, markup=False)


def _kinds(incomplete: str) -> list[str]:
    """Of pictures, for the shell's completion."""
    from searchsvc.pictures import pictures

    return [kind for kind in pictures("search") if kind.startswith(incomplete)]


@app.command()
def plot(
    search_id: SearchId,
    kind: Annotated[
        str | None, typer.Argument(help="of picture; without it they are listed", autocompletion=_kinds)
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="file to write, .html, .json, .svg or .png", show_default="KIND.html"),
    ] = None,
    of: Annotated[str, typer.Option(help="what to draw, where there is a choice", show_default="the first")] = "",
    json_: Json = False,
    url: Url = None,
) -> None:
    """Save a picture of a search as a page that needs no network, or as an image; or list the pictures that it has."""
    search = Client(url).search(search_id)
    if kind is None:
        offers = search.figures()
        print_json(offers) if json_ else console.print(display.figures_table(offers))
        return
    from searchsvc import pictures

    file = pictures.check(output or Path(f"{kind}.html"))
    with whole(file) as target:
        pictures.save(search.plot(kind, of), target)
    print_json({"path": str(file)}) if json_ else console.print(str(file), highlight=False, markup=False)


def _taking(found: Mapping[str, Any]) -> str:
    """What a search would take, in lines."""
    lines = [f"trials: {found['trials']}, and at most {found['confirming']} that confirm its leaders"]
    if found["hours"] is not None:
        each = f"{found['seconds_a_trial']:.3g} s a trial, by {found['basis']}"
        lines.append(f"time: {found['hours']:.3g} h if one runs after another ({each})")
    if found["memory_bytes"]:
        there = "" if found["memory_there"] is None else f", of {found['memory_there'] / GIB:.3g} GiB there"
        lines.append(f"memory: at least {found['memory_bytes'] / GIB:.3g} GiB a trial{there}")
    return "\n".join([*lines, *(f"not known: {line}" for line in found["unknown"])])


def _follow(search: Search, json_: bool) -> None:
    archived: GoneError | None = None
    try:
        if json_:
            for event in search.events():
                print(json.dumps(asdict(event)), flush=True)
        else:
            watching.watch(search)
    except GoneError as error:
        archived = error
    status = search.status()
    if archived:  # how it ended is still known
        display.errors.print(str(archived), highlight=False, markup=False, soft_wrap=True)
        if not json_:
            console.print(status["state"])
    if status["state"] != "succeeded":
        if status["error"]:
            display.errors.print(status["error"], highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1)
