from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.dependencies import Db
from api.problems import problem
from api.route import StrictRoute
from api.schemas.status import Works
from searchsvc.store import migrate
from searchsvc.store.control import runners
from searchsvc.store.db import Unavailable

router = APIRouter(tags=["health"], route_class=StrictRoute)


@router.get("/healthz", summary="Alive")
def healthy() -> dict[str, str]:
    """This process answers."""
    return {"status": "ok"}


@router.get("/readyz", summary="Ready", response_model=None)
def ready(database: Db) -> JSONResponse:
    """The database answers, has the schema of this version and room. `runner` says whether one works on searches."""
    try:
        with database.read() as session:
            if wrong := migrate.mismatch(migrate.revision_of(session)):
                return problem(503, "Not ready", f"database: {wrong}")
            works = Works.of(runners.seen(session))
        if trouble := database.trouble():
            return problem(503, "Not ready", trouble)
    except Unavailable as error:
        return problem(503, "Not ready", str(error))
    return JSONResponse({"status": "ready", "schema": migrate.head(), "runner": works.model_dump()})
