"""What commands' arguments share."""

from typing import Annotated
from uuid import UUID

import typer

from spaces.errors import UserError

Json = Annotated[bool, typer.Option("--json", help="print JSON, for scripts")]
Url = Annotated[
    str | None, typer.Option(help="address of the service [default: SEARCHSVC_URL or http://127.0.0.1:8000]")
]
SearchId = Annotated[str, typer.Argument(metavar="ID", help="of the search, as submit prints it")]


def uuid_of(search_id: str) -> UUID:
    try:
        return UUID(search_id)
    except ValueError:
        raise UserError(f"search: got id {search_id!r}; ids are UUIDs, see searchsvc ls") from None
