"""Types of arguments that may be given in two ways; what is neither is a sentence (`verbs.typed`)."""

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator

from spaces.errors import got

DOTS = ("", ".", "..")  # which lead from the address of a search to another one

if TYPE_CHECKING:
    File = str | PathLike[str]
    SearchId = str | UUID
else:

    def _path(value: Any) -> Path:
        if not isinstance(value, str | PathLike):
            raise ValueError(f"got {got(value)}; give the path of a file")
        return Path(value)

    def _id(value: Any) -> str:
        if not isinstance(value, str | UUID):
            raise ValueError(f"got {got(value)}; give the id of a search, which is text")
        said = str(value)
        if "/" in said or said.strip() in DOTS:
            raise ValueError(f"got {got(value)}, which no address can hold; give an id, or the beginning of one")
        return said

    File = Annotated[Path, BeforeValidator(_path)]
    SearchId = Annotated[str, BeforeValidator(_id)]
