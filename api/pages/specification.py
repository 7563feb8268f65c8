"""``/searches/{id}/specification``: what was submitted, and how to get what came out."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.dependencies import Db, SearchId
from api.pages import _search
from api.pages._render import render
from api.pages._route import router as page_router
from searchsvc import files
from searchsvc.store.control import searches

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
    text = files.to_yaml(search.spec)
    return render(request, "specification.html", **context, yaml=text, url=str(request.base_url).rstrip("/"))
