"""``/searches/{id}/activity``: what happened, as a log that goes on while the reader looks."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.dependencies import Db, SearchId
from api.pages import _search
from api.pages._filters import brief
from api.pages._render import render
from api.pages._route import router as page_router
from searchsvc.repo import browsing, searches

router = page_router()
LAST = 500


@router.get("/searches/{search_id}/activity")
def page(request: Request, search_id: SearchId, database: Db) -> HTMLResponse:
    with database.read() as session:
        head = _search.head(session, searches.get(session, search_id), "activity")
        found = browsing.last_events(session, search_id, LAST)
        events = [(event.number, event.kind, event.created, words(event.body)) for event in found]
    seen = events[-1][0] if events else head["seen"]
    return render(request, "activity.html", **{**head, "seen": seen, "events": events})


def words(body: dict[str, Any]) -> str:
    """What an event says, as `live.js` writes it.

    >>> words({"trial": 3, "metrics": {"validation_accuracy": 0.98123}, "error": None})
    'trial 3 · validation accuracy 0.9812 · error –'
    """
    return " · ".join(
        words(value) if isinstance(value, dict) else f"{name.replace('_', ' ')} {_word(value)}"
        for name, value in body.items()
    )


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "–" if value is None else brief(value)
