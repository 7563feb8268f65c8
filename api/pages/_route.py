"""Routes of pages: what goes wrong is told as a page too."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError, TimeoutError

from api.pages._render import render
from spaces.errors import UserError
from spaces.params import explain


class PageRoute(APIRoute):
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
            except (OperationalError, TimeoutError):
                return _problem(request, 503, "Database unavailable", "the database does not answer")

        return handle


def router() -> APIRouter:
    """For a page's file."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


def _problem(request: Request, status: int, title: str, detail: str) -> Response:
    return render(request, "problem.html", status, problem_status=status, problem_title=title, detail=detail)
