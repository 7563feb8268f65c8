"""A leaderboard as a notebook shows it: the columns that pages and terminal show, escaped."""

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from searchsvc.metrics import columns

if TYPE_CHECKING:
    from searchsvc.client.answers import Leaderboard


def html(board: "Leaderboard") -> str:
    offered = columns.offered(board.rows, board.objective, board.seeds, board.compared_with)
    shown = [column for column in offered if column.key in columns.usual(offered, board.objective)]
    rows = [
        _row(
            [str(row.rank), f"{row.title} (violates {', '.join(row.violates)})" if row.violates else row.title]
            + [column.cell(row) for column in shown],
            "td",
            ' style="font-weight: bold"' if row.is_best else "",
        )
        for row in board.rows
    ]
    head = _row(["", "candidate", *(column.name for column in shown)], "th")
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def paragraph(text: str | None) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def _row(cells: Iterable[str], tag: str, style: str = "") -> str:
    return f"<tr{style}>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"
