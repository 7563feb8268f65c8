"""What the command line prints on: the console, lists, bars and moments."""

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn

from searchsvc.cli import tables
from searchsvc.cli.tables import Column, Rows
from searchsvc.metrics import catalog
from searchsvc.metrics.names import on_test
from searchsvc.metrics.words import called, shown, standing
from spaces.networks.presets import Published

UNBOUNDED = 100_000  # characters of a line that goes to no terminal

console = Console(width=None if sys.stdout.isatty() else UNBOUNDED)
errors = Console(stderr=True)


def width() -> int | None:
    """Of the terminal, as it is now; None where there is none."""
    return console.width if console.is_terminal else None


def print_json(value: Any) -> None:
    print(json.dumps(value, indent=2))


def searches_table(searches: Iterable[dict[str, Any]], chosen: str | None = None) -> RenderableType:
    columns: list[Column[dict[str, Any]]] = [
        Column("id", "id", lambda s: str(s["id"]), stays=True),
        Column("state", "state", lambda s: standing(s["state"], s["queue_place"])),
        Column("trials", "trials", lambda s: ended(s["progress"]), is_number=True),
        Column("created", "created", lambda s: when(s["created"])),
        Column("name", "name", lambda s: called(s["name"], s["kind"], s["task"]), stays=True, is_long=True, least=12),
    ]
    rows = Rows(list(searches))
    if chosen is not None:
        return tables.whole(tables.chosen(columns, chosen), rows, width())
    return tables.table(columns, rows, width())


def ended(progress: Mapping[str, int]) -> str:
    """How many trials have, of how many.

    >>> ended({"done": 3, "pruned": 1, "failed": 1, "total": 12})
    '5/12'
    """
    return f"{progress['done'] + progress['pruned'] + progress['failed']}/{progress['total']}"


def when(moment: str) -> str:
    """A moment of the API by this machine's clock, with its zone."""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M %Z")


def presets_table(presets: Iterable[Published]) -> RenderableType:
    columns: list[Column[Published]] = [
        Column("preset", "preset", lambda row: row.name, stays=True),
        Column("margin", "smallest\nmargin", lambda row: f"{row.margin:.3g}", is_number=True),
        Column("neurons", "neurons by layer", lambda row: " ".join(row.placement), stays=True, is_long=True, least=16),
    ]
    return tables.table(columns, Rows(list(presets)), width(), more="a wider terminal shows it")


def figures_table(offers: Iterable[Mapping[str, Any]]) -> RenderableType:
    columns: list[Column[Mapping[str, Any]]] = [
        Column("kind", "kind", lambda offer: str(offer["kind"]), stays=True),
        Column("picture", "picture", lambda offer: str(offer["title"]), stays=True, least=12),
        Column("of", "of", lambda offer: ", ".join(offer["of"]), stays=True, least=12),
    ]
    return tables.table(columns, Rows(list(offers)), width())


def progress_bar(left: ProgressColumn, **options: Any) -> Progress:
    """With a column of the time that is left."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        left,
        console=console,
        **options,
    )


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
