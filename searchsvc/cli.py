"""The command line. An error is one line on standard error and exit status 2."""

import importlib.metadata
import json
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, get_args
from uuid import UUID

import typer
import yaml

from searchsvc import cli_db, display, display_tasks
from searchsvc.cli_db import Json
from searchsvc.client import Client, Search
from searchsvc.display import console, print_json
from spaces.errors import UserError
from spaces.points import described

app = typer.Typer(
    no_args_is_help=True, invoke_without_command=True, help="Neural-architecture search for spiking neural networks."
)
app.add_typer(cli_db.app, name="db")


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", help="print the version and exit", is_eager=True)] = False,
) -> None:
    if version:
        console.print(importlib.metadata.version("searchsvc"), highlight=False)
        raise typer.Exit


Url = Annotated[
    str | None, typer.Option(help="address of the service [default: SEARCHSVC_URL or http://127.0.0.1:8000]")
]
SearchId = Annotated[str, typer.Argument(metavar="ID", help="of the search, as submit prints it")]


@app.command()
def up() -> None:
    """Start the service: API, page and runner. Settings come from SEARCHSVC_* variables; Ctrl-C ends it."""
    from searchsvc import migrate, supervise
    from searchsvc.settings import settings

    chosen = settings()
    supervise.check_port(chosen.host, chosen.port)
    migrate.upgrade(chosen.database, say=lambda line: console.print(line, highlight=False, soft_wrap=True))
    console.print(f"searchsvc on http://{chosen.host}:{chosen.port}/ (Ctrl-C ends it)", highlight=False, soft_wrap=True)
    supervise.supervise(lambda line: console.print(line, highlight=False))


@app.command()
def submit(
    file: Annotated[Path, typer.Argument(help="specification, YAML or JSON")],
    watch: Annotated[bool, typer.Option("--watch", help="follow the search to its end")] = False,
    json_: Json = False,
    url: Url = None,
) -> None:
    """Submit a search."""
    client = Client(url)
    search = client.submit(_mapping(file))
    if json_:
        print_json({"id": search.id, "url": f"{client.url}/v1/searches/{search.id}"})
    else:
        console.print(search.id, highlight=False)
        console.print(
            f"watch it: searchsvc watch {search.id}, or {client.url}/searches/{search.id}",
            highlight=False,
            soft_wrap=True,
        )
    if watch:
        _follow(search, json_)


@app.command()
def ls(json_: Json = False, url: Url = None) -> None:
    """List searches, newest first."""
    found = Client(url).searches()
    print_json(found) if json_ else console.print(display.searches_table(found))


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
def leaderboard(search_id: SearchId, json_: Json = False, limit: int = 20, url: Url = None) -> None:
    """Show a search's candidates, best mean of its objective first."""
    board = Client(url).search(search_id).leaderboard(limit)
    if json_:
        print_json(asdict(board))
        return
    if board.state != "succeeded":
        console.print(f"This search is {board.state}.", highlight=False)
    if not board.rows:
        console.print("No candidate has finished a trial yet.")
        return
    console.print(display.leaderboard_table(board))
    if board.more:
        console.print(f"These are the first {limit}; --limit {10 * limit} shows more.", highlight=False)
    searching = f"{board.search_seconds:.1f} s of searching (super network), " if board.search_seconds else ""
    retraining = " of retraining" if searching else ""
    console.print(f"Training: {searching}{board.retrain_seconds:.1f} s{retraining}.", highlight=False)
    if board.conclusion:
        console.print(board.conclusion["sentence"], highlight=False)


@app.command()
def best(
    search_id: SearchId,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="file to write; else it is printed")] = None,
    weights: Annotated[Path | None, typer.Option(help="also save the trained weights (safetensors)")] = None,
    rank: int = 1,
    json_: Json = False,
    url: Url = None,
) -> None:
    """Pull the best configuration, ready for spaces.networks.build."""
    search = Client(url).search(search_id)
    found = search.best(rank)
    if weights:
        search.weights(_writable(weights), rank)
    if output is None:
        print_json(found)
        return
    _writable(output).write_text(json.dumps(found, indent=2) + "\n")
    if json_:
        print_json({"path": str(output), "label": found["manifest"]["label"]})
    else:
        neurons = " ".join(neuron["name"] for neuron in found["neurons"])
        about = described(found["manifest"].get("point", {})) or neurons
        console.print(
            f"{output}: {found['manifest']['label']} ({about})", highlight=False, markup=False, soft_wrap=True
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
    made = Client(url).search(search_id).export(_writable(output), chosen)
    print_json({"path": str(made)}) if json_ else console.print(str(made), highlight=False, markup=False)


def _kinds(incomplete: str) -> list[str]:
    """Of pictures, for the shell's completion."""
    from searchsvc.figures import Kind

    return [kind for kind in get_args(Kind) if kind.startswith(incomplete)]


@app.command()
def plot(
    search_id: SearchId,
    kind: Annotated[
        str | None, typer.Argument(help="of picture; without it they are listed", autocompletion=_kinds)
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="file to write, .html, .json, .svg or .png [default: KIND.html]"),
    ] = None,
    of: Annotated[str, typer.Option(help="what to draw, where there is a choice [default: the first]")] = "",
    json_: Json = False,
    url: Url = None,
) -> None:
    """Save a picture of a search as a page that needs no network, or as an image; or list the pictures that it has."""
    search = Client(url).search(search_id)
    if kind is None:
        offers = search.figures()
        print_json(offers) if json_ else console.print(display.figures_table(offers))
        return
    from searchsvc import images

    file = images.check(output or Path(f"{kind}.html"))
    found = file.exists()
    _writable(file)
    if not found:
        file.unlink()  # nothing is left where the service refuses
    images.save(search.plot(kind, of), file)
    print_json({"path": str(file)}) if json_ else console.print(str(file), highlight=False, markup=False)


@app.command()
def cancel(search_id: SearchId, json_: Json = False, url: Url = None) -> None:
    """End a search; what it has found stays."""
    _steer(Client(url).search(search_id), "cancel", json_)


@app.command()
def pause(search_id: SearchId, json_: Json = False, url: Url = None) -> None:
    """Set a search down; its running trials go on from their last checkpoints when it is resumed."""
    _steer(Client(url).search(search_id), "pause", json_)


@app.command()
def resume(search_id: SearchId, json_: Json = False, url: Url = None) -> None:
    """Let a paused search go on."""
    _steer(Client(url).search(search_id), "resume", json_)


@app.command()
def delete(search_id: SearchId, json_: Json = False, url: Url = None) -> None:
    """Delete a search with all that it has found. One that runs is cancelled, and deleted once its runner lets go."""
    gone = Client(url).search(search_id).delete()
    said = "deleted" if gone else "cancelling; it is deleted when its runner has let go"
    print_json({"id": search_id, "deleted": gone}) if json_ else console.print(said)


@app.command()
def archive(
    search_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="[default: all that are older]")
    ] = None,
    older_than: Annotated[str, typer.Option(help="ended so long ago; without ID")] = "30d",
    json_: Json = False,
) -> None:
    """Move reports and events of searches that have ended into Parquet files of the artifact store."""
    from searchsvc import migrate
    from searchsvc.archive import archive
    from searchsvc.db import Database
    from searchsvc.repo import archives
    from searchsvc.settings import settings

    seconds = _seconds(older_than)
    migrate.require(settings().database)
    database = Database(settings().database)
    if not (chosen := [_uuid(search_id) for search_id in search_ids or []]):
        with database.read() as session:
            chosen = archives.candidates(session, seconds)
    moved = {str(search_id): archive(database, settings().artifact_store, search_id) for search_id in chosen}
    database.close()
    if json_:
        print_json(moved)
        return
    for search_id, kinds in moved.items():
        rows = ", ".join(f"{count} {kind}s" for kind, count in kinds.items()) or "nothing left to archive"
        console.print(f"{search_id}: {rows}", highlight=False)


@app.command()
def audit(search_id: SearchId, json_: Json = False) -> None:
    """Make every suggestion of a search again from the database's rows; exit status 1 if one differs."""
    from searchsvc import audit, migrate
    from searchsvc.db import Database
    from searchsvc.settings import settings

    migrate.require(settings().database)
    with Database(settings().database).read() as session:
        count, differences = audit.audit(session, _uuid(search_id))
    if json_:
        print_json({"id": search_id, "suggestions": count, "differences": differences})
    else:
        for line in differences:
            console.print(line, highlight=False, markup=False)
        console.print(f"{count} suggestions made again, {len(differences)} differences", highlight=False)
    raise typer.Exit(1 if differences else 0)


@app.command()
def train(
    file: Annotated[Path, typer.Argument(help="configuration, such as a pulled best.json")],
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1)] = 0,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="save the weights (safetensors)")] = None,
    json_: Json = False,
) -> None:
    """Train a configuration on its task and print its accuracies."""
    value = _mapping(file)
    import torch
    from safetensors.torch import save_model

    from searchsvc import trials
    from spaces import configuration

    config = configuration.read(value)
    if output:
        _writable(output)
    torch.set_num_threads(1)
    with display.progress_bar(disable=json_, transient=True) as bar:
        task = bar.add_task("epochs", total=config.training.epochs)
        network, result = trials.train(config, seed, report=lambda report: bar.update(task, completed=report.step))
    if output:
        save_model(network, str(output))
    if json_:
        print_json({"seed": seed, **asdict(result)})
        return
    epochs = f"{config.training.epochs} epochs, " if config.network.fitted_by == "gradient" else ""
    console.print(
        f"{display.scores(result.means())} (seed {seed}, {epochs}{result.costs['seconds']:.1f} s)", highlight=False
    )


@app.command()
def presets(name: Annotated[str | None, typer.Argument(help="of a preset; else all are listed")] = None) -> None:
    """List the published configurations, or print one as JSON, ready for train and spaces.networks.build."""
    from spaces.networks.presets import preset, published

    if name:
        print_json(preset(name).model_dump(mode="json"))
    else:
        console.print(display.presets_table(published().values()))


def main() -> None:
    """The entry point `searchsvc`."""
    try:
        status = app(standalone_mode=False)
    except (UserError, typer.TyperException) as error:
        message = error.format_message() if isinstance(error, typer.TyperException) else str(error)
        display.errors.print(f"error: {message}", highlight=False, markup=False, soft_wrap=True)
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    sys.exit(status)


def _steer(search: Search, action: str, json_: bool) -> None:
    {"cancel": search.cancel, "pause": search.pause, "resume": search.resume}[action]()
    state = search.status()["state"]
    print_json({"id": search.id, "state": state}) if json_ else console.print(state)


def _uuid(search_id: str) -> UUID:
    try:
        return UUID(search_id)
    except ValueError:
        raise UserError(f"search: got id {search_id!r}; ids are UUIDs, see searchsvc ls") from None


def _seconds(duration: str) -> float:
    """Of such as 30d.

    >>> _seconds("36h")
    129600.0
    """
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    number, unit = duration[:-1], duration[-1:]
    if unit not in units or not (number.isascii() and number.isdigit()):
        raise UserError(f"older-than: got {duration!r}; give a whole number of s, m, h or d, such as 30d")
    return float(number) * units[unit]


def _follow(search: Search, json_: bool) -> None:
    if json_:
        for event in search.events():
            print(json.dumps(asdict(event)), flush=True)
    else:
        display.watch(search)
    status = search.status()
    if status["state"] != "succeeded":
        if status["error"]:
            display.errors.print(status["error"], highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1)


def _mapping(file: Path) -> dict[str, Any]:
    """A JSON or YAML file's content, which must be a mapping."""
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"file: got {str(file)!r}, which cannot be read ({error}); give a YAML or JSON file") from None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = _yaml(file, text)
    if not isinstance(value, dict):
        raise UserError(f"file: got {str(file)!r} with {type(value).__name__}; give a mapping of fields, see examples/")
    return value


def _yaml(file: Path, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"file: got {str(file)!r}, which is neither YAML nor JSON: {reason}") from None


def _writable(file: Path) -> Path:
    """Refuse a file that cannot be written before any work is done for it."""
    try:
        file.touch()
    except OSError as error:
        raise UserError(f"output: cannot write {str(file)!r} ({error.strerror}); choose another file") from None
    return file
