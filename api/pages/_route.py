"""Routes of pages: what goes wrong is told as a page too."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from api.dependencies import Db
from api.pages._render import render
from api.prefix import path_below
from api.problems import shown_path
from api.route import StrictRoute
from searchsvc.store.control import runners
from searchsvc.store.db import Unavailable
from spaces.errors import UserError
from spaces.wording import explain


class PageRoute(StrictRoute):
    """Answers errors with HTML, where the API answers with problem details."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await answer(request)
            except UserError as error:
                return _problem(request, error.status, error.title, str(error))
            except RequestValidationError as error:
                lines = [explain({**e, "loc": e["loc"][1:]}) for e in error.errors()]
                return _problem(request, 422, "Invalid address", "; ".join(lines))
            except DataError:  # such as a NUL, which PostgreSQL's text cannot hold
                return _problem(request, 422, "Invalid address", "the address has a value that no column can hold")

        return handle


def _look(request: Request, database: Db) -> None:
    """Why searches wait, for the banner of the page."""
    with suppress(Unavailable), database.read() as session:
        request.state.waiting = database.trouble() or runners.why_waiting(runners.seen(session))


def router() -> APIRouter:
    """For a page's file."""
    return APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(_look)])


async def missing(request: Request, error: Exception) -> Response:
    """What does not exist: to a browser that shows pages a page, else problem details."""
    is_page = "text/html" in request.headers.get("accept", "") and not path_below(request).startswith("/v1/")
    if is_page:
        return _problem(request, 404, "Not found", f"{shown_path(request)}: there is no such page")
    answer: Response = request.app.exception_handlers[HTTPException](request, error)
    return answer


def _problem(request: Request, status: int, title: str, detail: str) -> Response:
    return render(request, "problem.html", status, problem_status=status, problem_title=title, detail=detail)
