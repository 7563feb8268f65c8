"""Tables for a terminal of any width.

Columns that say which row it is stay, and wrap where they must; of the others the least important are left out, and a
line below says which, and how to see them. What is no terminal has room for all, a row a line.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from searchsvc.metrics.words import folded
from spaces.errors import UserError, got

GAP = 2  # characters between columns
T = TypeVar("T")


@dataclass(frozen=True)
class Column(Generic[T]):
    """`cell` gives a row's text, `key` is by which readers choose it."""

    key: str
    title: str  # may have lines
    cell: Callable[[T], str]
    stays: bool = False  # it says which row it is
    is_long: bool = False  # so it is not repeated where there are several tables
    least: int | None = None  # to which it may be wrapped
    is_number: bool = False

    def width(self, rows: Iterable[T]) -> int:
        """At which nothing wraps."""
        return max(map(len, [*self.title.splitlines(), *(self.cell(row) for row in rows)]), default=0)

    def narrowest(self, rows: Iterable[T]) -> int:
        width = self.width(rows)
        return width if self.least is None else min(width, self.least)


@dataclass(frozen=True)
class Rows(Generic[T]):
    """What a table is of."""

    every: Sequence[T]
    is_bold: Callable[[T], bool] = lambda row: False


def table(
    columns: Sequence[Column[T]],
    rows: Rows[T],
    width: int | None,
    order: Sequence[str] = (),
    more: str = "--columns {} shows them",
) -> RenderableType:
    """As many columns as `width` holds.

    Args:
        width: of the terminal; None where there is none.
        order: keys of columns that do not stay, the most important first; as they stand if it is empty.
        more: what shows the others, whose keys stand for {}.
    """
    fitting = _fitting(columns, rows, width, order)
    drawn = _drawn(fitting, rows, width)
    if len(fitting) == len(columns):
        return drawn
    left_out = [column.key for column in columns if column not in fitting]
    said = f"Left out at {width} columns: {', '.join(left_out)}; {more.format(','.join(left_out))}."
    return Group(drawn, Text(said, "dim"))


def whole(columns: Sequence[Column[T]], rows: Rows[T], width: int | None) -> RenderableType:
    """All of these columns, in several tables one below the other where one would be too wide."""
    left = [column for column in columns if not column.stays]
    shown = _fitting(columns, rows, width, ())
    found: list[RenderableType] = [_drawn(shown, rows, width)]
    repeated = [column for column in columns if column.stays and not column.is_long]
    while left := [column for column in left if column not in shown]:
        shown = _fitting([*repeated, *left], rows, width, ())
        found += ["", _drawn(shown, rows, width)]
    return Group(*found)


def chosen(columns: Sequence[Column[T]], keys: str) -> list[Column[T]]:
    """Those of these keys, with commas between, behind what says which row it is.

    Raises:
        UserError: there is no such column.
    """
    wanted = [key.strip() for key in keys.split(",") if key.strip()]
    there = {folded(column.key): column for column in columns}
    if unknown := [key for key in wanted if folded(key) not in there]:
        allowed = ", ".join(column.key for column in columns if not column.stays or column.is_long)
        raise UserError(f"columns: got {', '.join(map(got, unknown))}; allowed are {allowed}, with commas between")
    staying = [column for column in columns if column.stays and not column.is_long]
    return list(dict.fromkeys([*staying, *(there[folded(key)] for key in wanted)]))


def _fitting(columns: Sequence[Column[T]], rows: Rows[T], width: int | None, order: Sequence[str]) -> list[Column[T]]:
    """What stays, and of the others by their importance as many as there is room for, at least one."""
    if width is None:
        return list(columns)
    least = {column.key: GAP + column.narrowest(rows.every) for column in columns}
    room = width + GAP - sum(least[column.key] for column in columns if column.stays)
    fitting: set[str] = set()
    for key in order or [column.key for column in columns]:
        if key not in least or any(column.stays for column in columns if column.key == key):
            continue
        room -= least[key]
        if fitting and room < 0:
            break
        fitting.add(key)
    return [column for column in columns if column.stays or column.key in fitting]


def _drawn(columns: Sequence[Column[T]], rows: Rows[T], width: int | None) -> Table:
    drawn = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0))
    needed = [column.width(rows.every) for column in columns]
    least = needed if width is None else [column.narrowest(rows.every) for column in columns]
    room = (width or 0) + GAP - sum(GAP + own for own in least)
    for column, wanted, own in zip(columns, needed, least, strict=True):
        given = min(wanted, own + max(room, 0))
        room -= given - own
        drawn.add_column(Text(column.title), width=given, overflow="fold", vertical="top")
        drawn.columns[-1].justify = "right" if column.is_number else "left"
    for row in rows.every:
        drawn.add_row(*(Text(column.cell(row)) for column in columns), style="bold" if rows.is_bold(row) else "")
    return drawn
