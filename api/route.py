"""A route that takes what it knows and nothing else: query parameters, texts and JSON bodies."""

from collections.abc import Callable, Coroutine
from types import NoneType
from typing import Any, get_args, get_origin

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from api import body
from spaces.errors import UserError, did_you_mean, got

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRoute(APIRoute):
    def get_route_handler(self) -> Handler:
        answer, known = super().get_route_handler(), _parameters(self.dependant)

        async def handle(request: Request) -> Response:
            _check(request, known)
            try:
                return await answer(_Strict(request.scope, request.receive))
            except HTTPException as error:
                if isinstance(error.__cause__, UserError):  # the framework words any error of a body as its own
                    raise error.__cause__ from None
                raise

        return handle


class _Strict(Request):
    async def json(self) -> Any:
        return body.read(await self.body())


def _parameters(dependant: Dependant) -> dict[str, bool]:
    """The query parameters of a route and of what it depends on, and whether each may be given several times."""
    own = {field.alias: _is_list(field.field_info.annotation) for field in dependant.query_params}
    return own | {name: many for inner in dependant.dependencies for name, many in _parameters(inner).items()}


def _is_list(annotation: Any) -> bool:
    """
    >>> _is_list(list[str]), _is_list(list[str] | None), _is_list(str | None)
    (True, True, False)
    """
    return any(get_origin(part) is list for part in (annotation, *get_args(annotation)) if part is not NoneType)


def _check(request: Request, known: dict[str, bool]) -> None:
    """Refuse parameters that are unknown or there twice, and a NUL, which a database cannot hold.

    Raises:
        UserError: naming each.
    """
    given = {name: request.query_params.getlist(name) for name in request.query_params}
    lines = [line for name, values in given.items() if (line := _wrong(name, values, known))]
    lines += [line for name, value in request.path_params.items() if (line := _wrong(name, [value], {name: False}))]
    if lines:
        raise UserError("; ".join(lines))


def _wrong(name: str, values: list[str], known: dict[str, bool]) -> str | None:
    if name not in known:
        allowed = f"allowed are {', '.join(known)}" if known else "this address takes none"
        return f"{got(name)[1:-1]}: got an unknown query parameter; {allowed}{did_you_mean(name, known)}"
    if len(values) > 1 and not known[name]:
        return f"{name}: got {len(values)} values; give one"
    if strange := next((value for value in values if "\0" in value), None):
        return f"{name}: got {got(strange)}, with a NUL; leave it out"
    return None
