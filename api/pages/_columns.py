"""Columns of a leaderboard on its page: which the reader chose, and what a click on a header sorts by."""

from collections.abc import Sequence

from searchsvc.metrics import catalog
from searchsvc.metrics.columns import Column, usual


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
