"""A search's candidates: the command, and their table."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import RenderableType

from searchsvc.cli import tables
from searchsvc.cli._arguments import Columns, Json, SearchId, Url
from searchsvc.cli.display import console, print_json, width
from searchsvc.cli.tables import Column, Rows
from searchsvc.client import Client, Leaderboard, Row
from searchsvc.metrics import columns as boards
from searchsvc.metrics.numbers import duration
from spaces.errors import UserError

LABEL = 12  # characters to which a candidate's labels may be wrapped
VALUES, WORD = 16, 24  # and the longest word that is never parted
DIFFERENCE = 21  # a difference with its p
MORE = "--all shows every column, --columns some of them"

app = typer.Typer()


@app.command()
def leaderboard(
    search_id: SearchId,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="candidates to show")] = 20,
    sort: Annotated[
        str | None,
        typer.Option(metavar="METRIC", help="order by it in place of the objective; with a leading - worst first"),
    ] = None,
    chosen: Columns = None,
    every: Annotated[bool, typer.Option("--all", help="every column")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="print all candidates as CSV, with plain numbers")] = False,
    json_: Json = False,
    url: Url = None,
) -> None:
    """Show a search's candidates, best mean of its objective first."""
    if [csv, json_, every, chosen is not None].count(True) > 1:
        raise UserError("leaderboard: got several of --csv, --json, --all and --columns; give one")
    search = Client(url).search(search_id)
    if csv:
        print(search.leaderboard_csv(sort), end="")
        return
    board = search.leaderboard(limit, sort)
    if json_:
        print_json(asdict(board))
        return
    if board.state != "succeeded":
        console.print(f"This search is {board.state}.", highlight=False)
    if not board.rows:
        console.print("No candidate has finished a trial yet.")
        return
    console.print(table(board, width(), every=every, chosen=chosen), highlight=False)
    _below(board, limit)


def _below(board: Leaderboard, limit: int) -> None:
    """What is said of all candidates together."""
    if board.more:
        console.print(f"These are the first {limit}; --limit {min(10 * limit, 1000)} shows more.", highlight=False)
    searching = f"{duration(board.search_seconds)} of searching (super network), " if board.search_seconds else ""
    retraining = " of retraining" if searching else ""
    console.print(f"Training: {searching}{duration(board.retrain_seconds)}{retraining}.", highlight=False)
    if board.conclusion:
        console.print(board.conclusion["sentence"], highlight=False)


def table(board: Leaderboard, width: int | None, *, every: bool = False, chosen: str | None = None) -> RenderableType:
    """The usual columns that `width` holds, or all, or the chosen ones; None is as wide as it takes."""
    rows = Rows(board.rows, lambda row: row.is_best)
    offered = boards.offered(board.rows, board.objective, board.seeds, board.compared_with)
    columns = [*_identity(), *(_column(column, board.rows) for column in offered)]
    if every:
        return tables.whole(columns, rows, width)
    if chosen is not None:
        return tables.whole(tables.chosen(columns, chosen), rows, width)
    usual = boards.usual(offered, board.objective)
    shown = [column for column in columns if column.stays or column.key in usual]
    order = [column.key for column in boards.by_importance(offered, board.objective)]
    return tables.table(shown, rows, width, order, MORE)


def _identity() -> Sequence[Column[Row]]:
    return (
        Column("rank", "", lambda row: f"{row.rank:>2}", stays=True, is_number=True),
        Column("candidate", "candidate", _label, stays=True, least=LABEL),
    )


def _label(row: Row) -> str:
    return f"{row.title} ({'; '.join(row.notes)})" if row.notes else row.title


def _column(column: boards.Column, rows: Sequence[Row]) -> Column[Row]:
    is_what = column.key == "what"
    least = None if column.is_number else DIFFERENCE
    if is_what:
        longest = max(len(word) for row in rows for word in ["", *column.cell(row).split()])
        least = max(VALUES, min(longest, WORD))
    return Column(column.key, column.heading, column.cell, is_what, is_what, least, column.is_number)
