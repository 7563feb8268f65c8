"""``/searches/{id}/trials``: by number, of one state or candidate."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from api import schemas
from api.dependencies import Db, SearchId
from api.pages import _search
from api.pages._render import render
from api.pages._route import router as page_router
from searchsvc.metrics.numbers import Numbers
from searchsvc.store.control import searches
from searchsvc.store.control.events import FINAL_STATES
from searchsvc.store.views import trials

router = page_router()
STATES = ("pending", "running", "done", "failed", "pruned", "cancelled")
PAGE = 100


@router.get("/searches/{search_id}/trials")
def page(
    request: Request,
    search_id: SearchId,
    database: Db,
    state: Literal["", *STATES] = "",  # type: ignore[valid-type]
    candidate: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> HTMLResponse:
    with database.read() as session:
        search = searches.get(session, search_id)
        after = trials.read_cursor(cursor, search_id) if cursor else -1
        found = trials.trials(session, search_id, state=state or None, candidate=candidate, after=after, limit=PAGE + 1)
        ended = search.state in FINAL_STATES
        context = {
            **_search.head(session, search, "trials"),
            "rows": [(schemas.Trial.of(*pair, has_ended=ended), pair[0].worker) for pair in found[:PAGE]],
        }
    chosen = {name: value for name, value in (("state", state), ("candidate", candidate)) if value not in ("", None)}
    objective = search.goal.objective.metric
    last = trials.write_cursor(search_id, found[PAGE - 1][0].number) if len(found) > PAGE else None
    return render(
        request,
        "trials.html",
        **context,
        objective=objective,
        scores=Numbers.of(objective, [trial.score for trial, _ in context["rows"]]),
        states=STATES,
        chosen=chosen,
        cursor=cursor,
        following=urlencode({**chosen, "cursor": last}) if last else None,
    )
