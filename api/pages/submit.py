"""``/submit``: a form made from the API's schema, empty or with what another search said."""

from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.dependencies import Db
from api.pages._render import render
from api.pages._route import router as page_router
from searchsvc import jobs, models
from searchsvc.repo import searches
from spaces.errors import NotFoundError

router = page_router()


@router.get("/submit")
def page(request: Request, database: Db, kind: str = "", like: str = "") -> HTMLResponse:
    if kind and kind not in jobs.kinds():
        raise NotFoundError(f"kind: got {kind!r}; allowed are {', '.join(jobs.kinds())}")
    found, observations = _like(database, like) if like else (None, [])
    return render(request, "submit.html", kind=kind, like=found, observations=observations)


def _like(database: Db, like: str) -> tuple[models.Search, list[dict[str, Any]]]:
    """A search, and what it knew from the start."""
    try:
        search_id = UUID(like)
    except ValueError:
        raise NotFoundError(f"search: got id {like!r}, which does not exist; ids are UUIDs") from None
    with database.read() as session:
        found = searches.get(session, search_id)
        return found, found.observations or []
