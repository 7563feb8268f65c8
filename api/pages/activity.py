"""``/searches/{id}/activity``: what happened, as a log that goes on while the reader looks."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.dependencies import Db, SearchId
from api.pages import _search
from api.pages._render import render
from api.pages._route import router as page_router
from searchsvc.store.control import searches
from searchsvc.store.views import browsing
from spaces.space.points import brief

router = page_router()
LAST = 500
NAMES = {"compared": "leaders compared"}  # of kinds of events, where it is not the kind


@router.get("/searches/{search_id}/activity")
def page(request: Request, search_id: SearchId, database: Db) -> HTMLResponse:
    with database.read() as session:
        head = _search.head(session, searches.get(session, search_id), "activity")
        found = browsing.last_events(session, search_id, LAST)
        events = [(event.number, event.kind, event.created, event.body) for event in found]
    seen = events[-1][0] if events else head["seen"]
    shown = [(number, NAMES.get(kind, kind), created, *words(kind, body)) for number, kind, created, body in events]
    return render(request, "activity.html", **{**head, "seen": seen, "events": shown})


def words(kind: str, body: dict[str, Any]) -> tuple[int | None, str]:
    """The trial of an event, and what else it says, as `live.js` writes it.

    >>> words("trial_done", {"trial": 3, "score": 0.98123, "tell": 2})
    (3, ' · score 0.9812')
    >>> words("trial_lost", {"trial": 9, "attempt": 2, "reason": "paused"}), words("paused", {})
    ((9, ' set down (paused)'), (None, ''))
    """
    trial = body.get("trial")
    if kind == "trial_lost" and body.get("reason") == "paused":
        return trial, " set down (paused)"
    rest = _words({name: value for name, value in body.items() if name not in ("trial", "tell")})
    return trial, f" · {rest}" if rest and trial is not None else rest


def _words(body: dict[str, Any]) -> str:
    return " · ".join(
        _words(value) if isinstance(value, dict) else f"{name.replace('_', ' ')} {_word(value)}"
        for name, value in body.items()
    )


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "–" if value is None else brief(value)
