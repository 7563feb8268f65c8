"""Kinds of search: one file each, whose ``Job`` is a pydantic model; together what ``POST /v1/searches`` accepts.

Torch-free.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Protocol, Union
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError

from searchsvc.kinds._base import COPIES, BaseJob
from searchsvc.kinds._kind import Kind, Unreadable
from searchsvc.kinds._network_job import NetworkJob
from searchsvc.kinds._neuron_job import NeuronJob
from searchsvc.kinds._space_job import SpaceJob
from searchsvc.kinds._task_job import TaskJob
from searchsvc.metrics.objectives import STORED
from spaces.catalog import members
from spaces.errors import UserError
from spaces.wording import explain

__all__ = [
    "COPIES",
    "BaseJob",
    "Job",
    "Kind",
    "NetworkJob",
    "NeuronJob",
    "SpaceJob",
    "TaskJob",
    "completed",
    "explained",
    "kinds",
    "of",
    "read",
    "without_kind",
]

FORMER = {"confirm": 0, "when_exhausted": COPIES}  # they confirmed nothing, and could have copies of candidates
KEPT = 1000  # stored specifications


class Search(Protocol):
    """A search as it is stored."""

    @property
    def id(self) -> UUID: ...

    @property
    def spec(self) -> dict[str, Any]: ...


def kinds() -> dict[str, type[BaseJob]]:
    """Every kind of search by its name, with those of allowed plugins."""
    found = sorted(members(__name__).items())
    return {name: importlib.import_module(f"{package}.{name}").Job for name, package in found}


def _union() -> Any:
    models: Any = tuple(kinds().values())
    union = Union[models]  # noqa: UP007 - the members are known only at run time
    return Annotated[union, Field(discriminator="kind")] if len(models) > 1 else union


if TYPE_CHECKING:
    from searchsvc.kinds._base import BaseJob as Job
else:
    Job = _union()
_adapter: TypeAdapter[Job] = TypeAdapter(Job)


def read(value: Any, context: Any = None) -> BaseJob:
    """A specification from a mapping, such as the content of a submitted file; `context` is for its validators.

    Raises:
        UserError: naming every field that is wrong, what was got and what is allowed.
    """
    try:
        return _adapter.validate_python(value, context=context)
    except ValidationError as error:
        raise explained(error) from None


def explained(error: ValidationError) -> UserError:
    """Everything that is wrong with a specification, in a sentence."""
    return UserError("; ".join(explain(without_kind(e)) for e in error.errors()))


@dataclass(frozen=True)
class _Stored:
    """A stored specification, which never changes: its search's id says which it is."""

    id: UUID
    spec: Mapping[str, Any] = field(compare=False)


def of(search: Search) -> Kind:
    """What kind of search a stored one is, with what its specification says; read once."""
    return _of(_Stored(search.id, search.spec))


@lru_cache(maxsize=KEPT)
def _of(stored: _Stored) -> Kind:
    try:
        return read(completed(stored.spec), STORED)
    except UserError as error:
        return Unreadable(f"what it searched is not all known here: {error}")


def completed(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A stored specification with what earlier releases, which did not say it, did."""
    return {**FORMER, **spec}


def without_kind(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """A pydantic error located as users write it: pydantic names the kind first, since jobs are a union by it."""
    location = error["loc"]
    return {**error, "loc": location[1:] if location and location[0] in kinds() else location}
