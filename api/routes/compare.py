"""Two to six candidates side by side, of one search or of several."""

from typing import Annotated, Literal

import plotly.graph_objects as go
from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from api.dependencies import Db
from api.schemas_compare import Comparison
from searchsvc import plots
from searchsvc.repo import comparisons

router = APIRouter(prefix="/v1/compare", tags=["compare"])
Kind = Literal["curves", "distributions", "layers"]
Candidates = Annotated[
    list[str], Query(alias="candidate", description="2 to 6 times <search id>:<number of the candidate>")
]


@router.get("", summary="Candidates side by side")
def compare(database: Db, candidate: Candidates = []) -> Comparison:  # noqa: B006 - FastAPI copies it
    """Configurations field by field, metrics with their difference to the first candidate, costs by layer."""
    with database.read() as session:
        return comparison(session, candidate)


@router.get("/figures/{kind}", summary="A picture of candidates side by side", response_class=Response)
def figure(
    kind: Kind,
    database: Db,
    candidate: Candidates = [],  # noqa: B006
    of: Annotated[str | None, Query(description="the metric of curves, or the dimension of distributions")] = None,
    theme: plots.Theme = "light",
) -> Response:
    """As plotly's JSON. `curves`: a metric by step, a line a trial. `distributions`: what they draw `of` from.
    `layers`: the energy of each layer."""
    with database.read() as session:
        drawn = _draw(session, comparisons.candidates(session, comparisons.read(candidate)), kind, of)
    return Response(plots.themed(drawn, theme).to_json(), media_type="application/json")


def _draw(session: Session, compared: list[comparisons.Compared], kind: Kind, of: str | None) -> go.Figure:
    if kind == "curves":
        return plots.curves(*comparisons.curves(session, compared, of))
    if kind == "layers":
        layers = comparisons.layers(session, compared).items()
        return plots.layer_costs(
            {name: [plots.Layer(cost.layer, cost.energy, cost.firing_rate) for cost in costs] for name, costs in layers}
        )
    return plots.distributions(of or "", *comparisons.distributions(compared, of or ""), compared[0].objective)


def comparison(session: Session, values: list[str]) -> Comparison:
    compared = comparisons.candidates(session, comparisons.read(values))
    return Comparison.of(compared, comparisons.layers(session, compared))
