"""``/searches/{id}/trials/{number}``: all that is known of one trial."""

from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import HTMLResponse

from api import schemas
from api.dependencies import Db, SearchId
from api.pages import _search
from api.pages._render import render
from api.pages._route import router as page_router
from searchsvc.store.control import searches
from searchsvc.store.control.events import FINAL_STATES
from searchsvc.store.views import browsing

router = page_router()


@router.get("/searches/{search_id}/trials/{number}")
def page(
    request: Request, search_id: SearchId, number: Annotated[int, Path(ge=0, lt=2**31)], database: Db
) -> HTMLResponse:
    with database.read() as session:
        search = searches.get(session, search_id)
        trial, candidate = browsing.trial(session, search_id, number)
        context = {
            **_search.head(session, search, "trials"),
            "trial": schemas.Trial.of(trial, candidate, has_ended=search.state in FINAL_STATES),
            "worker": trial.worker,
            "configuration": candidate.configuration,
            "siblings": [(t.number, t.seed, t.state, t.phase) for t in browsing.siblings(session, trial)],
            "has_weights": browsing.has_weights(session, trial),
        }
    return render(request, "trial.html", **context)
