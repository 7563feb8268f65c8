"""``searchsvc up``: start the service."""

from typing import Annotated

import typer

from searchsvc.cli._arguments import Data, DatabaseUrl, chosen
from searchsvc.cli.display import console

app = typer.Typer()


@app.command()
def up(
    host: Annotated[
        str | None, typer.Option(help="where it listens", show_default="SEARCHSVC_HOST or 127.0.0.1")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="of its address; 0: one that is free", show_default="SEARCHSVC_PORT or 8000"
        ),
    ] = None,
    data: Data = None,
    database: DatabaseUrl = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="processors of this machine for trials", show_default="SEARCHSVC_CPUS or all"),
    ] = None,
) -> None:
    """Start the service: API, page and runner. Ctrl-C ends it.

    Flags win over SEARCHSVC_* variables, which have the other settings.
    """
    from searchsvc.service.up import up

    settings = chosen(host=host, port=port, data=data, database_url=database, cpus=workers)
    up(settings, lambda line: console.print(line, highlight=False, markup=False, soft_wrap=True))
