"""``/submit``: a form made from the API's schema, empty or with what another search said."""

from functools import cache
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from api.dependencies import Db
from api.pages._render import render
from api.pages._route import router as page_router
from searchsvc import kinds
from searchsvc.store import tables
from searchsvc.store.control import searches
from searchsvc.store.views import finding
from spaces import catalog, plugins
from spaces.errors import NotFoundError, got
from spaces.space import named

router = page_router()


@router.get("/submit")
def page(
    request: Request,
    database: Db,
    kind: str = "",
    like: str = "",
    seeds: Annotated[int | None, Query(ge=1, le=10_000, description="in place of those of `like`")] = None,
) -> HTMLResponse:
    if kind and kind not in kinds.kinds():
        raise NotFoundError(f"kind: got {got(kind)}; allowed are {', '.join(kinds.kinds())}")
    found, observations = _like(database, like) if like else (None, [])
    return render(
        request,
        "submit.html",
        kind=kind,
        like=found,
        seeds=seeds,
        observations=observations,
        names=_names(),
        left_out=plugins.failures(),
    )


@cache
def _names() -> dict[str, dict[str, list[str]]]:
    """The fields that a space can vary, of every network, neuron and training, by name."""
    parts = {"network": catalog.networks, "neurons": catalog.neurons, "training": catalog.fittings}
    return {
        part: {name: named.of_model(part, found.params(name)) for name in found.names()}
        for part, found in parts.items()
    }


def _like(database: Db, like: str) -> tuple[tables.Search, list[dict[str, Any]]]:
    """A search, and what it knew from the start."""
    with database.read() as session:
        found = searches.get(session, finding.search_id(session, like))
        return found, searches.known(found)
