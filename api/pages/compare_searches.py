"""``/compare/searches``: two whole searches side by side: what each was asked, took and found."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from api import showing
from api.dependencies import Db
from api.pages._render import render
from api.pages._route import router as page_router
from api.routes import compare
from api.schemas.compare import Comparison, Leaf
from searchsvc.store import tables
from searchsvc.store.control import searches
from searchsvc.store.views import boards, comparisons, finding
from spaces.errors import UserError

router = page_router()
LETTERS = comparisons.LETTERS[:2]


@router.get("/compare/searches")
def page(
    request: Request,
    database: Db,
    search: Annotated[list[str], Query(max_length=100)] = [],  # noqa: B006
    whole: Annotated[bool, Query(description="also the fields that do not differ")] = False,
) -> HTMLResponse:
    with database.read() as session:
        meant = dict.fromkeys(finding.search_id(session, value) for value in search)
        if len(meant) != len(LETTERS):
            raise UserError(f"search: got {len(meant)} of them; give two that differ, each as search=<search id>")
        rows = [searches.get(session, one) for one in meant]
        context: dict[str, Any] = {
            "searches": [showing.search(session, row) for row in rows],
            "training": [row.search_seconds + row.retrain_seconds for row in rows],
            "best": _best(session, rows),
            "specification": Leaf.every([row.spec for row in rows]),
        }
    asked = urlencode([("search", value) for value in search])
    return render(request, "compare_searches.html", **context, letters=LETTERS, asked=asked, whole=whole)


def _best(session: Session, rows: list[tables.Search]) -> Comparison | None:
    """The first of each leaderboard side by side; None before both have one."""
    first = [found[0] for row in rows if (found := boards.leaderboard(session, row.id, limit=1)[0])]
    if len(first) < len(rows):
        return None
    chosen = [f"{row.id}:{one.candidate.number}" for row, one in zip(rows, first, strict=True)]
    return compare.comparison(session, chosen)
