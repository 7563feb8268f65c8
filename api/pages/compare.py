"""``/compare``: two to six candidates side by side."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from api.dependencies import Db
from api.pages._render import render
from api.pages._route import router as page_router
from api.routes import compare

router = page_router()


@router.get("/compare")
def page(
    request: Request,
    database: Db,
    candidate: compare.Candidates = [],  # noqa: B006
    whole: Annotated[bool, Query(description="also the fields that do not differ")] = False,
) -> HTMLResponse:
    with database.read() as session:
        found = compare.comparison(session, candidate)
    asked = urlencode([("candidate", value) for value in candidate])
    return render(request, "compare.html", found=found, asked=asked, whole=whole)
