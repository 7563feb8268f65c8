"""The command line. An error is one line on standard error and exit status 2."""

import importlib.metadata
import sys
from typing import Annotated

import typer

from searchsvc.cli import boards, db, display, looking, offline, searches, steering, up, upkeep
from searchsvc.cli._arguments import help_alone
from searchsvc.cli.display import console
from spaces.errors import UserError

app = typer.Typer(invoke_without_command=True, help="Neural-architecture search for spiking neural networks.")
for commands in (up, upkeep, searches, boards, looking, steering, offline):
    app.add_typer(commands.app)
app.add_typer(db.app, name="db")


@app.callback()
def options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="print the version and exit", is_eager=True)] = False,
) -> None:
    if version:
        console.print(importlib.metadata.version("searchsvc"), highlight=False)
        raise typer.Exit
    help_alone(context)


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
