"""What commands' arguments share."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from searchsvc.service.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="print JSON, for scripts")]
Url = Annotated[
    str | None, typer.Option(help="address of the service", show_default="SEARCHSVC_URL or http://127.0.0.1:8000")
]
Data = Annotated[
    Path | None,
    typer.Option(
        help="folder of the service's data", show_default="SEARCHSVC_DATA or the platform's, ~/.local/share/searchsvc"
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(help="its database, if not in that folder: postgresql://...", show_default="SEARCHSVC_DATABASE_URL"),
]
Columns = Annotated[
    str | None,
    typer.Option("--columns", metavar="KEY,KEY", help="these columns; a wrong one names all that there are"),
]
SearchId = Annotated[str, typer.Argument(metavar="ID", help="of the search, the beginning of one, or its name")]


def chosen(**flags: object) -> "Settings":
    """The settings of the environment, over which `flags` win; children of this process find them there too."""
    from searchsvc.service.settings import settings

    os.environ.update({f"SEARCHSVC_{name.upper()}": str(flag) for name, flag in flags.items() if flag is not None})
    settings.cache_clear()
    return settings()


def help_alone(context: typer.Context) -> None:
    """Called without a command, a group of commands is its help, which is no error."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit
