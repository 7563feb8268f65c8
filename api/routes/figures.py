"""Pictures of a search, as plotly's JSON: what the page, a notebook and a report draw alike."""

from typing import Literal

from fastapi import APIRouter, Response

from api.dependencies import Db, SearchId
from searchsvc import plots
from searchsvc.jobs.polynomial_degree import KEPT
from searchsvc.objectives import Goal
from searchsvc.repo import boards, distributions, polynomials, searches

router = APIRouter(prefix="/v1/searches", tags=["figures"])


@router.get("/{search_id}/figures/{name}", summary="A picture of a search", response_class=Response)
def figure(
    search_id: SearchId,
    name: Literal["alpha", "polynomials", "distributions", "best-so-far"],
    database: Db,
    of: str = "",
) -> Response:
    """A picture of the search.

    `alpha`: the last architecture parameters over layers. `polynomials`: what the leading LNM has learned.
    `distributions`: what the best candidates draw from, for the dimension that `of` names.
    `best-so-far`: the best score against time.
    """
    with database.read() as session:
        search = searches.get(session, search_id)
        if name == "alpha":
            names, steps = boards.latest_architecture(session, search_id)
            drawn = plots.alpha_heat_map(names, steps)
        elif name == "polynomials":
            drawn = plots.polynomials(*polynomials.leading(session, search_id), lif=KEPT)
        elif name == "distributions":
            drawn = plots.distributions(of, *distributions.best(session, search_id, of))
        else:
            metric = Goal.of(search.spec).objective.metric
            scores = boards.finished_scores(session, search_id)
            drawn = plots.best_so_far(search.started or search.created, scores, search.spec["seeds"], metric)
    return Response(drawn.to_json(), media_type="application/json")
