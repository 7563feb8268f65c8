"""A refusal as a page: the sentences are those of the API."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from api.pages._render import render
from spaces.errors import UserError
from spaces.params import explain


class PageRoute(APIRoute):
    """A route whose errors are pages: ``APIRouter(route_class=PageRoute)``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def page(request: Request) -> Response:
            try:
                return await answer(request)
            except UserError as error:
                return render(request, "refused.html", error.status, title=error.title, lines=[str(error)])
            except RequestValidationError as error:
                lines = [explain({**line, "loc": line["loc"][1:]}) for line in error.errors()]
                return render(request, "refused.html", 422, title="Invalid input", lines=lines)

        return page
