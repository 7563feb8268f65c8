"""Pictures of searches and trials, as plotly's JSON: what pages, a notebook and a report draw alike."""

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import plotly.graph_objects as go
from fastapi import APIRouter, Response

from api import schemas
from api.dependencies import Db, SearchId, TrialId
from api.route import StrictRoute
from searchsvc import pictures
from searchsvc.service.sources import StoredSearch, StoredTrial
from searchsvc.store.control import searches
from searchsvc.store.views import pictures as views
from searchsvc.store.views import trials

router = APIRouter(prefix="/v1", tags=["figures"], route_class=StrictRoute)

if TYPE_CHECKING:
    Kind: TypeAlias = str
    TrialKind: TypeAlias = str
else:  # the members are known only at run time
    Kind = Literal[*pictures.pictures("search")]
    TrialKind = Literal[*pictures.pictures("trial")]


@router.get("/searches/{search_id}/figures", summary="Which pictures a search has")
def of_search(search_id: SearchId, database: Db) -> schemas.Figures:
    """The pictures that apply to the search; `of` lists what a picture can be drawn of, if there is a choice."""
    with database.read() as session:
        source = StoredSearch(session, searches.get(session, search_id))
        return schemas.Figures.of(pictures.offers("search", source))


@router.get("/searches/{search_id}/figures/{kind}", response_model=schemas.Figure, summary="A picture of a search")
def search_figure(search_id: SearchId, kind: Kind, database: Db, of: str = "", theme: pictures.Theme = "light") -> Any:
    """A picture of the search, as plotly draws it; without `of` the first that there is to choose."""
    with database.read() as session:
        source = StoredSearch(session, searches.get(session, search_id))
        drawn = pictures.draw("search", source, kind, of)
    return answer(drawn, theme)


@router.get("/trials/{trial_id}/figures", summary="Which pictures a trial has")
def of_trial(trial_id: TrialId, database: Db) -> schemas.Figures:
    """The pictures of a trial; `of` lists the metrics of its reports."""
    with database.read() as session:
        source = StoredTrial(session, trials.trial(session, trial_id)[0])
        return schemas.Figures.of(pictures.offers("trial", source))


@router.get("/trials/{trial_id}/figures/{kind}", response_model=schemas.Figure, summary="A picture of a trial")
def trial_figure(
    trial_id: TrialId, kind: TrialKind, database: Db, of: str = "", theme: pictures.Theme = "light"
) -> Any:
    """`curves`: the metric `of` by epoch. `layers`: energy and firing rate by layer."""
    with database.read() as session:
        source = StoredTrial(session, trials.trial(session, trial_id)[0])
        drawn = pictures.draw("trial", source, kind, of)
    return answer(drawn, theme)


@router.get("/trials/{trial_id}/layers", summary="What each layer of its network costs")
def layers(trial_id: TrialId, database: Db) -> schemas.LayerCosts:
    """Costs of one inference by layer, from the input; empty until the trial has ended well."""
    with database.read() as session:
        trial, _ = trials.trial(session, trial_id)
        found = [schemas.LayerCost.model_validate(row) for row in views.layers(session, trial.id)]
    return schemas.LayerCosts(layers=found)


def answer(figure: go.Figure, theme: pictures.Theme) -> Response:
    return Response(pictures.themed(figure, theme).to_json(), media_type="application/json")
