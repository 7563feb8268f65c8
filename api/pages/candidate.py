"""``/searches/{id}/candidates/{number}``: how to use one candidate's network, and to run it again."""

from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import HTMLResponse

from api.dependencies import Db, SearchId
from api.pages import _search
from api.pages._render import render
from api.pages._route import router as page_router
from api.pages._snippets import Snippets
from api.schemas import Row
from searchsvc.store.control import searches
from searchsvc.store.views import boards, browsing, trials

router = page_router()


@router.get("/searches/{search_id}/candidates/{number}")
def page(
    request: Request, search_id: SearchId, number: Annotated[int, Path(ge=0, lt=2**31)], database: Db
) -> HTMLResponse:
    with database.read() as session:
        search = searches.get(session, search_id)
        found, trial = boards.named(session, search_id, number)
        best = trials.trial(session, trial)[0] if trial else None
        context = {
            **_search.head(session, search, ""),
            "row": Row.of(found),
            "best": best and {"id": best.id, "number": best.number, "seed": best.seed},
            "snippets": Snippets(
                str(request.base_url).rstrip("/"),
                search_id,
                number,
                has_weights=best is not None and browsing.has_weights(session, best),
            ),
            "configuration": found.candidate.configuration,
            "seeds": search.seeds,
        }
    return render(request, "candidate.html", **context)
