"""Pictures of searches and trials, as plotly's JSON: what pages, a notebook and a report draw alike."""

from typing import Any

import plotly.graph_objects as go
from fastapi import APIRouter, Response

from api import schemas
from api.dependencies import Db, SearchId, TrialId
from searchsvc import figures, plots
from searchsvc.repo import boards, pictures, searches

router = APIRouter(prefix="/v1", tags=["figures"])


@router.get("/searches/{search_id}/figures", summary="Which pictures a search has")
def of_search(search_id: SearchId, database: Db) -> schemas.Figures:
    """The pictures that apply to the search; `of` lists what a picture can be drawn of, if there is a choice."""
    with database.read() as session:
        return schemas.Figures.of(figures.offers(session, searches.get(session, search_id)))


@router.get("/searches/{search_id}/figures/{kind}", response_model=schemas.Figure, summary="A picture of a search")
def search_figure(
    search_id: SearchId, kind: figures.Kind, database: Db, of: str = "", theme: plots.Theme = "light"
) -> Any:
    """A picture of the search, as plotly draws it; without `of` the first that there is to choose."""
    with database.read() as session:
        drawn = figures.draw(session, searches.get(session, search_id), kind, of)
    return _answer(drawn, theme)


@router.get("/trials/{trial_id}/figures", summary="Which pictures a trial has")
def of_trial(trial_id: TrialId, database: Db) -> schemas.Figures:
    """The pictures of a trial; `of` lists the metrics of its reports."""
    with database.read() as session:
        return schemas.Figures.of(figures.offers(session, boards.trial(session, trial_id)[0]))


@router.get("/trials/{trial_id}/figures/{kind}", response_model=schemas.Figure, summary="A picture of a trial")
def trial_figure(
    trial_id: TrialId, kind: figures.TrialKind, database: Db, of: str = "", theme: plots.Theme = "light"
) -> Any:
    """`curves`: the metric `of` by epoch. `layers`: energy and firing rate by layer."""
    with database.read() as session:
        drawn = figures.draw(session, boards.trial(session, trial_id)[0], kind, of)
    return _answer(drawn, theme)


@router.get("/trials/{trial_id}/layers", summary="What each layer of its network costs")
def layers(trial_id: TrialId, database: Db) -> schemas.LayerCosts:
    """Costs of one inference by layer, from the input; empty until the trial has ended well."""
    with database.read() as session:
        trial, _ = boards.trial(session, trial_id)
        found = [schemas.LayerCost.model_validate(row) for row in pictures.layers(session, trial.id)]
    return schemas.LayerCosts(layers=found)


def _answer(figure: go.Figure, theme: plots.Theme) -> Response:
    return Response(plots.themed(figure, theme).to_json(), media_type="application/json")
