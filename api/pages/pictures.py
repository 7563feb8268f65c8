"""``/searches/{id}/pictures``: the browser asks for them one by one, as they come into view."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.dependencies import Db, SearchId
from api.pages import _search
from api.pages._render import render
from api.pages._route import router as page_router
from searchsvc.store.control import searches

router = page_router()


@router.get("/searches/{search_id}/pictures")
def page(request: Request, search_id: SearchId, database: Db) -> HTMLResponse:
    with database.read() as session:
        context = _search.head(session, searches.get(session, search_id), "pictures")
    return render(request, "pictures.html", **context)
