"""``/``: all searches, newest first."""

from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from api import showing
from api.dependencies import Db
from api.pages._render import render
from api.pages._route import router as page_router
from searchsvc import kinds
from searchsvc.store import tables
from searchsvc.store.control import searches
from searchsvc.store.views import browsing

router = page_router()
STATES = ("queued", "running", "paused", "cancelling", "cancelled", "succeeded", "failed")
PAGE = 50


@router.get("/")
def page(
    request: Request,
    database: Db,
    state: Literal["", *STATES] = "",  # type: ignore[valid-type]
    kind: Annotated[str, Query(max_length=100)] = "",
    text: Annotated[str, Query(max_length=200)] = "",
    cursor: UUID | None = None,
) -> HTMLResponse:
    chosen = {name: value for name, value in (("state", state), ("kind", kind), ("text", text)) if value}
    with database.read() as session:
        rows = searches.listing(session, **chosen, before=cursor, limit=PAGE + 1)
        shown = showing.listed(session, rows[:PAGE])
        found = [(one, *_best(session, row)) for one, row in zip(shown, rows[:PAGE], strict=True)]
    following = {**chosen, "cursor": found[-1][0].id} if len(rows) > PAGE else None
    return render(
        request,
        "searches.html",
        searches=found,
        chosen=chosen,
        cursor=cursor,
        following=urlencode(following) if following else None,
        states=STATES,
        kinds=sorted(kinds.kinds()),
    )


def _best(session: Session, search: tables.Search) -> tuple[float | None, str]:
    """The best mean so far, and the metric of that."""
    return browsing.best_mean(session, search), search.goal.objective.metric
