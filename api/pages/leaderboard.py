"""``/searches/{id}``: its candidates, best first or as the reader sorts them."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from api.dependencies import Db, SearchId
from api.pages import _columns, _search
from api.pages._render import render
from api.pages._route import router as page_router
from api.schemas import Row
from searchsvc import kinds, pictures
from searchsvc.metrics.columns import Column
from searchsvc.store import tables
from searchsvc.store.control import searches
from searchsvc.store.views import boards, counts, ranking

router = page_router()
SIZES = (50, 100, 200)


@router.get("/searches/{search_id}")
def page(
    request: Request,
    search_id: SearchId,
    database: Db,
    sort: Annotated[str | None, Query(max_length=100)] = None,
    column: Annotated[list[str], Query(max_length=100)] = [],  # noqa: B006
    known: Annotated[list[str], Query(max_length=100)] = [],  # noqa: B006
    limit: Literal["50", "100", "200"] = "50",
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> HTMLResponse:
    with database.read() as session:
        search = searches.get(session, search_id)
        found, following = boards.leaderboard(session, search_id, limit=int(limit), cursor=cursor, sort=sort or None)
        rows = [Row.of(row) for row in found]
        objective = search.goal.objective.metric
        distributions = _distributions([row.candidate for row in found])
        offered = _columns.offered(rows, objective, search.seeds, kinds.of(search).compared_with)
        context = {
            **_search.head(session, search, ""),
            "rows": rows,
            "total": counts.count(session, search_id),
            "listed": counts.listed(session, search, ranking.Order.of(search.goal, sort or None), early=not sort),
            "basis": (search.standing or {}).get("basis"),
            "training": (search.search_seconds, search.retrain_seconds),
        }
    usual = {"sort": sort, "limit": limit if limit != "50" else None}
    kept = {**usual, "column": column, "known": known if column else None}
    shown = _columns.chosen(offered, column, known, objective)
    return render(
        request,
        "leaderboard.html",
        **context,
        curves=distributions,
        size=(pictures.WIDTH, pictures.HEIGHT),
        objective=objective,
        seeds=search.seeds,
        offered=offered,
        shown=shown,
        known=sorted({*known, *_columns.usual(offered, objective)}),
        kept_columns=[("column", key) for key in column] + [("known", key) for key in known],
        usual=_query(usual),
        headers=[_header(column, sort, objective, kept) for column in shown],
        sort=sort,
        limit=int(limit),
        sizes=SIZES,
        cursor=cursor,
        first_page=_query(kept),
        next_page=_query({**kept, "cursor": following}) if following else None,
    )


def _distributions(candidates: Sequence[tables.Candidate]) -> dict[str, pictures.Curves[int]]:
    """By the key of a column of distributions, the curve of every candidate, by its number."""
    found: dict[str, dict[int, Sequence[float]]] = {}
    for candidate in candidates:
        for name, quantiles in (candidate.quantiles or {}).items():
            found.setdefault(_columns.VALUE + name, {})[candidate.number] = quantiles
    return {key: pictures.small(quantiles) for key, quantiles in found.items()}


def _header(column: Column, sort: str | None, objective: str, kept: dict[str, Any]) -> dict[str, Any]:
    by = _columns.sort_of(column, sort, objective)
    return {
        "column": column,
        "link": _query({**kept, "sort": None if by == objective else by}) if by else None,
        "sorted": _columns.aria_sort(column, sort, objective),
    }


def _query(values: dict[str, Any]) -> str:
    return "?" + urlencode({name: value for name, value in values.items() if value}, doseq=True)
