"""Kinds of search: one file each, whose ``Job`` is a pydantic model; together what ``POST /v1/searches`` accepts.

Torch-free.
"""

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field, TypeAdapter, ValidationError

from searchsvc.jobs._base import BaseJob
from spaces.catalog import members
from spaces.errors import UserError
from spaces.params import explain

__all__ = ["BaseJob", "Job", "kinds", "read", "without_kind"]


def kinds() -> dict[str, type[BaseJob]]:
    """Every kind of search by its name, with those of allowed plugins."""
    found = sorted(members(__name__).items())
    return {name: importlib.import_module(f"{package}.{name}").Job for name, package in found}


def _union() -> Any:
    models: Any = tuple(kinds().values())
    union = Union[models]  # noqa: UP007 - the members are known only at run time
    return Annotated[union, Field(discriminator="kind")] if len(models) > 1 else union


if TYPE_CHECKING:
    from searchsvc.jobs._base import BaseJob as Job
else:
    Job = _union()
_adapter: TypeAdapter[Job] = TypeAdapter(Job)


def read(value: Any) -> BaseJob:
    """A specification from a mapping, such as the content of a submitted file.

    Raises:
        UserError: naming every field that is wrong, what was got and what is allowed.
    """
    try:
        return _adapter.validate_python(value)
    except ValidationError as error:
        raise UserError("; ".join(explain(without_kind(e)) for e in error.errors())) from None


def without_kind(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """A pydantic error located as users write it: pydantic names the kind first, since jobs are a union by it."""
    location = error["loc"]
    return {**error, "loc": location[1:] if location and location[0] in kinds() else location}
