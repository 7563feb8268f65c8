from functools import partial

from fastapi import APIRouter, Response

from api import ranges, schemas
from api.dependencies import Chosen, Db, TrialId
from api.route import StrictRoute
from searchsvc.store import artifacts
from searchsvc.store.control import archives, searches
from searchsvc.store.views import learned, trials

router = APIRouter(prefix="/v1/trials", tags=["trials"], route_class=StrictRoute)


@router.get("/{trial_id}", summary="A trial")
def one(trial_id: TrialId, database: Db) -> schemas.Trial:
    with database.read() as session:
        trial, candidate = trials.trial(session, trial_id)
        return schemas.Trial.of(trial, candidate, has_ended=searches.has_ended(session, trial.search_id))


@router.get("/{trial_id}/reports", summary="Its metrics by step")
def reports(trial_id: TrialId, database: Db) -> schemas.Reports:
    """The metrics of every step."""
    with database.read() as session:
        trial, _ = trials.trial(session, trial_id)
        archives.check_here(session, trial.search_id, "report")
        found = [schemas.Report.of(r) for r in trials.reports(session, trial)]
    return schemas.Reports(reports=found)


@router.get("/{trial_id}/architecture", summary="Its architecture parameters by step")
def architecture(trial_id: TrialId, database: Db) -> schemas.Architecture:
    """The architecture parameters of every step, and what else its neurons learned; empty if they learn nothing."""
    with database.read() as session:
        trial, candidate = trials.trial(session, trial_id)
        return schemas.Architecture.of(learned.candidate_names(candidate), learned.learned(session, trial.id))


@router.get("/{trial_id}/weights", summary="Its trained weights", response_class=Response, responses=ranges.RESPONSES)
def weights(trial_id: TrialId, database: Db, settings: Chosen, asked: ranges.Asked) -> Response:
    """The trained weights, as safetensors; whole, or the part that `Range` asks for."""
    with database.read() as session:
        trial, _ = trials.trial(session, trial_id)
        stored = trials.weights(session, trial_id)
    read = partial(artifacts.read, settings.artifact_store, stored.path)
    return ranges.answer(asked, f"trial-{trial.number}.safetensors", stored.bytes, stored.sha256, read)
