"""What the service says of itself: whether a runner works on searches, and if not, why."""

from importlib.metadata import version

from fastapi import APIRouter

from api.dependencies import Db
from api.route import StrictRoute
from api.schemas.status import Runner, Status, Works
from searchsvc.store import migrate
from searchsvc.store.control import runners

router = APIRouter(prefix="/v1/status", tags=["health"], route_class=StrictRoute)


@router.get("", summary="Whether searches are worked on")
def status(database: Db) -> Status:
    """The version, the database's schema, and every runner; `runner` says whether one lives, and why searches wait."""
    with database.read() as session:
        found = runners.seen(session)
    return Status(
        version=version("searchsvc"),
        schema=migrate.head(),
        runner=Works.of(found),
        runners=[Runner.of(runner) for runner in found],
    )
