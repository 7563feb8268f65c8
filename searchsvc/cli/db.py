"""``searchsvc db``: what an operator does with the database."""

from pathlib import Path
from typing import Annotated

import typer

from searchsvc.cli import display
from searchsvc.cli._arguments import Data, DatabaseUrl, Json, chosen, help_alone
from searchsvc.cli.display import console, print_json

app = typer.Typer(callback=help_alone, invoke_without_command=True, help="The service's database.")


@app.command()
def upgrade(json_: Json = False, data: Data = None, database: DatabaseUrl = None) -> None:
    """Bring the database to this version's schema; an SQLite database is backed up first, beside itself."""
    from searchsvc.store import migrate

    url = chosen(data=data, database_url=database).database
    revision = migrate.upgrade(url, say=lambda line: display.errors.print(line, highlight=False, soft_wrap=True))
    _say({"schema": revision}, f"schema {revision}", json_)


@app.command()
def backup(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="file to write", show_default="beside it")
    ] = None,
    json_: Json = False,
    data: Data = None,
    database: DatabaseUrl = None,
) -> None:
    """Copy the SQLite database, also while the service runs."""
    from searchsvc.store import backup

    made = backup.backup(chosen(data=data, database_url=database).database, output)
    _say({"backup": str(made)}, str(made), json_)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a backup")],
    json_: Json = False,
    data: Data = None,
    database: DatabaseUrl = None,
) -> None:
    """Put a backup in the SQLite database's place, which is kept beside it; the service must be stopped."""
    from searchsvc.store import backup

    replaced = backup.restore(chosen(data=data, database_url=database).database, file)
    said = f"restored {file}" + (f"; what was there: {replaced}" if replaced else "")
    _say({"restored": str(file), "replaced": str(replaced) if replaced else None}, said, json_)


@app.command()
def check(json_: Json = False, data: Data = None, database: DatabaseUrl = None) -> None:
    """Look whether the database is whole, and the files that it names are there. Exit status 1 if not.

    Its file, foreign keys, counters and means; and in the artifact store weights, checkpoints and archives.
    """
    from searchsvc.store import check

    settings = chosen(data=data, database_url=database)
    revision, problems = check.check(settings.database, settings.artifact_store)
    lines = [*problems, f"schema {revision or 'empty'}, {len(problems)} problems"]
    _say({"schema": revision, "problems": problems}, "\n".join(lines), json_)
    raise typer.Exit(1 if problems else 0)


def _say(value: object, text: str, json_: bool) -> None:
    print_json(value) if json_ else console.print(text, highlight=False, markup=False, soft_wrap=True)
