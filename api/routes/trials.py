from fastapi import APIRouter, Response

from api import schemas
from api.dependencies import Chosen, Db, TrialId
from searchsvc import artifacts
from searchsvc.repo import archives, boards, searches

router = APIRouter(prefix="/v1/trials", tags=["trials"])


@router.get("/{trial_id}", summary="A trial")
def one(trial_id: TrialId, database: Db) -> schemas.Trial:
    with database.read() as session:
        trial, candidate = boards.trial(session, trial_id)
        return schemas.Trial.of(trial, candidate, has_ended=searches.has_ended(session, trial.search_id))


@router.get("/{trial_id}/reports", summary="Its metrics by step")
def reports(trial_id: TrialId, database: Db) -> schemas.Reports:
    """The metrics of every step."""
    with database.read() as session:
        trial, _ = boards.trial(session, trial_id)
        archives.check_here(session, trial.search_id, "report")
        found = [schemas.Report.model_validate(r) for r in boards.reports(session, trial)]
    return schemas.Reports(reports=found)


@router.get("/{trial_id}/architecture", summary="Its architecture parameters by step")
def architecture(trial_id: TrialId, database: Db) -> schemas.Architecture:
    """The architecture parameters of every step, and what else its neurons learned; empty if they learn nothing."""
    with database.read() as session:
        trial, candidate = boards.trial(session, trial_id)
        return schemas.Architecture.of(boards.candidate_names(candidate), boards.learned(session, trial.id))


@router.get("/{trial_id}/weights", summary="Its trained weights", response_class=Response)
def weights(trial_id: TrialId, database: Db, settings: Chosen) -> Response:
    """The trained weights, as safetensors."""
    with database.read() as session:
        stored = boards.weights(session, trial_id)
    data = artifacts.read(settings.artifact_store, stored.path)
    return Response(data, media_type="application/octet-stream", headers={"ETag": f'"{stored.sha256}"'})
