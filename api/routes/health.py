from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from api.dependencies import Chosen
from api.problems import problem
from searchsvc import migrate

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Alive")
def healthy() -> dict[str, str]:
    """This process answers."""
    return {"status": "ok"}


@router.get("/readyz", summary="Ready", response_model=None)
def ready(settings: Chosen) -> JSONResponse:
    """The database answers and has the schema of this version."""
    try:
        revision = migrate.current(settings.database)
    except SQLAlchemyError as error:
        return problem(503, "Not ready", f"database: {type(error).__name__}; is it running?")
    if wrong := migrate.mismatch(revision):
        return problem(503, "Not ready", f"database: {wrong}")
    return JSONResponse({"status": "ready", "schema": revision})
