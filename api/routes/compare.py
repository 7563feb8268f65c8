"""Two to six candidates side by side, of one search or of several."""

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from api.dependencies import Db
from api.route import StrictRoute
from api.routes.figures import answer
from api.schemas.compare import Comparison
from searchsvc import pictures
from searchsvc.service.sources import StoredCandidates
from searchsvc.store.views import comparisons

router = APIRouter(prefix="/v1/compare", tags=["compare"], route_class=StrictRoute)
Candidates = Annotated[
    list[str], Query(alias="candidate", description="2 to 6 times <search>:<candidate>, each by number or name")
]

if TYPE_CHECKING:
    Kind = str
else:  # the members are known only at run time
    Kind = Literal[*pictures.pictures("candidates")]


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
    of: Annotated[str, Query(description="the metric of curves, or the dimension of distributions")] = "",
    theme: pictures.Theme = "light",
) -> Response:
    """As plotly's JSON. `curves`: a metric by step, a line a trial. `distributions`: what they draw `of` from.
    `layers`: the energy of each layer."""
    with database.read() as session:
        source = StoredCandidates(session, comparisons.candidates(session, comparisons.read(session, candidate)))
        drawn = pictures.draw("candidates", source, kind, of)
    return answer(drawn, theme)


def comparison(session: Session, values: list[str]) -> Comparison:
    compared = comparisons.candidates(session, comparisons.read(session, values))
    offers = pictures.offers("candidates", StoredCandidates(session, compared))
    return Comparison.of(compared, comparisons.layers(session, compared), offers)
