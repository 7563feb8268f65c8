"""``/searches/{id}/specification``: what was submitted, and how to get what came out."""

import yaml
from fastapi import Request
from fastapi.responses import HTMLResponse

from api.dependencies import Db, SearchId
from api.pages import _search
from api.pages._render import render
from api.pages._route import router as page_router
from searchsvc.repo import searches

router = page_router()


@router.get("/searches/{search_id}/specification")
def page(request: Request, search_id: SearchId, database: Db) -> HTMLResponse:
    with database.read() as session:
        search = searches.get(session, search_id)
        context = {
            **_search.head(session, search, "specification"),
            "spec": search.spec,
            "known": len(search.observations or ()),
        }
    text = yaml.safe_dump(search.spec, sort_keys=False, allow_unicode=True, width=100)
    return render(request, "specification.html", **context, yaml=text, url=str(request.base_url).rstrip("/"))
