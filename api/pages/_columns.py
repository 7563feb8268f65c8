"""Columns of a leaderboard on its page: which the reader chose, and what a click on a header sorts by.

In what candidates differ is one column elsewhere; where it has names, it is one for each here.
"""

from collections.abc import Sequence
from typing import Any

from api.schemas import Row
from searchsvc.metrics import catalog
from searchsvc.metrics import columns as everywhere
from searchsvc.metrics.columns import Column
from spaces.space.points import brief

VALUE = "value:"  # the key of a column of what has a name begins so


def offered(rows: Sequence[Row], objective: str, seeds: int, compared_with: str) -> list[Column]:
    """All that these rows have something for, in the order in which they are shown."""
    names = dict.fromkeys(name for row in rows for name in row.point)
    values = [_value(name, [row.point[name] for row in rows if name in row.point]) for name in names]
    found = everywhere.offered(rows, objective, seeds, compared_with)
    return [one for column in found for one in (values if values and column.key == "what" else [column])]


def usual(columns: Sequence[Column], objective: str) -> set[str]:
    """The keys of what most readers want."""
    return everywhere.usual(columns, objective) | {column.key for column in columns if column.key.startswith(VALUE)}


def _value(name: str, values: Sequence[Any]) -> Column:
    is_number = all(isinstance(value, int | float) for value in values)
    return Column(VALUE + name, name, "", "", lambda row: brief(row.point.get(name, "")), is_number)


def chosen(columns: Sequence[Column], keys: Sequence[str], known: Sequence[str], objective: str) -> list[Column]:
    """Those of these keys; without any the usual ones, and if some were `known` at the choice, the usual others too.

    So columns that come later, such as the test part's, are shown to a reader who has not left them out.
    """
    wanted = usual(columns, objective)
    if keys:
        wanted = {*keys, *(wanted - set(known) if known else ())}
    return [column for column in columns if column.key in wanted]


def sort_of(column: Column, sort: str | None, objective: str) -> str | None:
    """What a click on its header sorts by: it best first, or if it is that already, worst first."""
    if column.metric not in catalog.sortable():
        return None
    return f"-{column.metric}" if (sort or objective) == column.metric else column.metric


def aria_sort(column: Column, sort: str | None, objective: str) -> str | None:
    """How the table is sorted by it, in ARIA's words."""
    by = sort or objective
    if column.metric is None or by.removeprefix("-") != column.metric:
        return None
    return "descending" if (catalog.get(column.metric).direction == "max") != by.startswith("-") else "ascending"
