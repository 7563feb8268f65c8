"""What is done beside the database: archive, audit."""

from typing import Annotated

import typer

from searchsvc.cli._arguments import Data, DatabaseUrl, Json, SearchId, chosen
from searchsvc.cli.display import console, print_json
from spaces.errors import UserError

app = typer.Typer()


@app.command()
def archive(
    search_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", show_default="all that are older")
    ] = None,
    older_than: Annotated[str, typer.Option(help="ended so long ago; without ID")] = "30d",
    json_: Json = False,
    data: Data = None,
    database: DatabaseUrl = None,
) -> None:
    """Move reports and events of searches that have ended into Parquet files of the artifact store."""
    from searchsvc.store import migrate
    from searchsvc.store.archive import archive
    from searchsvc.store.control import archives
    from searchsvc.store.db import Database
    from searchsvc.store.views import finding

    seconds = _seconds(older_than)
    settings = chosen(data=data, database_url=database)
    migrate.require(settings.database)
    opened = Database(settings.database)
    with opened.read() as session:
        named = [finding.search_id(session, said) for said in search_ids or []]
        ended = named or archives.candidates(session, seconds)
    moved = {str(search_id): archive(opened, settings.artifact_store, search_id) for search_id in ended}
    opened.close()
    if json_:
        print_json(moved)
        return
    for search_id, kinds in moved.items():
        rows = ", ".join(f"{count} {kind}s" for kind, count in kinds.items()) or "nothing left to archive"
        console.print(f"{search_id}: {rows}", highlight=False)


@app.command()
def audit(search_id: SearchId, json_: Json = False, data: Data = None, database: DatabaseUrl = None) -> None:
    """Make every suggestion of a search again from the database's rows; exit status 1 if one differs."""
    from searchsvc.service import audit
    from searchsvc.store import migrate
    from searchsvc.store.db import Database
    from searchsvc.store.views import finding

    settings = chosen(data=data, database_url=database)
    migrate.require(settings.database)
    with Database(settings.database).read() as session:
        found = finding.search_id(session, search_id)
        count, differences = audit.audit(session, found)
    if json_:
        print_json({"id": str(found), "suggestions": count, "differences": differences})
    else:
        for line in differences:
            console.print(line, highlight=False, markup=False)
        console.print(f"{count} suggestions made again, {len(differences)} differences", highlight=False)
    raise typer.Exit(1 if differences else 0)


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
