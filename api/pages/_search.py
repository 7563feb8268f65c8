"""What all tabs of a search share: its head, and what can be done with it."""

from typing import Any

from sqlalchemy.orm import Session

from api import showing
from searchsvc.store import tables
from searchsvc.store.control.events import FINAL_STATES
from searchsvc.store.views import browsing

TABS = (
    ("", "Leaderboard"),
    ("pictures", "Pictures"),
    ("trials", "Trials"),
    ("specification", "Specification"),
    ("activity", "Activity"),
)


def head(session: Session, search: tables.Search, tab: str) -> dict[str, Any]:
    """Of a search: `seen` is its last event that the page knows of."""
    return {
        "search": showing.search(session, search),
        "is_final": search.state in FINAL_STATES,
        "confirming": search.state == "running" and browsing.is_confirming(session, search.id),
        "failed_trial": browsing.first_failed(session, search.id) if search.state == "failed" else None,
        "is_pausing": search.desired == "pause" and search.state == "running",
        "actions": _actions(search),
        "seen": search.event_count,
        "tabs": TABS,
        "tab": tab,
    }


def _actions(search: tables.Search) -> list[str]:
    if search.state == "failed":
        return ["retry"]
    if search.state in ("cancelling", *FINAL_STATES):
        return []
    return ["resume" if search.desired == "pause" else "pause", "cancel"]
