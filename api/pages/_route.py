"""Routes of pages: what goes wrong is told as a page too."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import DataError, OperationalError, TimeoutError
from starlette.exceptions import HTTPException

from api.pages._render import render
from spaces.errors import UserError
from spaces.params import explain


class PageRoute(APIRoute):
    """Answers errors with HTML, where the API answers with problem details; and HEAD as GET."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.methods = {*(self.methods or ()), "HEAD"}

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
            except (OperationalError, TimeoutError):
                return _problem(request, 503, "Database unavailable", "the database does not answer")

        return handle


def router() -> APIRouter:
    """For a page's file."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


async def missing(request: Request, error: Exception) -> Response:
    """What does not exist: to a browser that shows pages a page, else problem details."""
    is_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")
    if is_page:
        return _problem(request, 404, "Not found", f"{request.url.path}: there is no such page")
    answer: Response = request.app.exception_handlers[HTTPException](request, error)
    return answer


def _problem(request: Request, status: int, title: str, detail: str) -> Response:
    return render(request, "problem.html", status, problem_status=status, problem_title=title, detail=detail)
