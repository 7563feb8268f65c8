"""Tasks across searches: the best of what was found here, and beside it what the literature reports."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from api.dependencies import Db
from api.route import StrictRoute
from api.schemas.tasks import Leader, TaskLeaderboard, TaskOverview, Tasks
from searchsvc.metrics.objectives import SelectingMetric
from searchsvc.store.views import tasks
from searchsvc.verdict import published
from spaces import catalog
from spaces.errors import NotFoundError, got

router = APIRouter(prefix="/v1", tags=["tasks"], route_class=StrictRoute)
Metric = Annotated[SelectingMetric | None, Query(description="else the objective that most searches of the task have")]


@router.get("/tasks", summary="Tasks, with their searches and the best so far")
def listing(database: Db) -> Tasks:
    """Tasks of the catalog, of searches, and of published results. `best` is the best of all searches of the task."""
    with database.read() as session:
        return overview(session)


@router.get("/leaderboard", summary="The best candidates of a task across its searches")
def leaderboard(
    task: Annotated[str, Query(description="its name, such as digits")],
    database: Db,
    metric: Metric = None,
    best: Annotated[int, Query(ge=1, le=20, description="candidates of each search")] = tasks.BEST,
) -> TaskLeaderboard:
    """The first few complete candidates of each of the task's 200 best searches, by their objective.

    Only searches of one objective are compared; `differs` says what else of the task is not the same in all of them.
    `published` rows were reported by others, not run here.
    """
    with database.read() as session:
        return board(session, task, metric, best)


def overview(session: Session) -> Tasks:
    counted, literature, here = tasks.counts(session), published.datasets(), catalog.tasks.names()
    names = sorted({*here, *counted, *literature}, key=lambda name: (name not in counted, name not in here, name))
    return Tasks(tasks=[_overview(session, name, counted.get(name, 0), literature.get(name, 0)) for name in names])


def _overview(session: Session, name: str, searches: int, rows: int) -> TaskOverview:
    found: Any = tasks.board(session, name, best=1, most=1) if searches else None
    return TaskOverview(
        name=name,
        in_catalog=name in catalog.tasks.names(),
        searches=searches,
        metric=found.metric if found else None,
        best=Leader.of(1, found.leaders[0]) if found and found.leaders else None,
        published=rows,
    )


def board(session: Session, task: str, metric: str | None = None, best: int = tasks.BEST) -> TaskLeaderboard:
    """Of a task by name.

    Raises:
        NotFoundError: neither the catalog, nor a search, nor a published result has it.
    """
    found, literature = tasks.board(session, task, metric, best=best), published.of_task(task)
    if not (found.total or literature or task in catalog.tasks.names()):
        known = sorted({*catalog.tasks.names(), *tasks.counts(session), *published.datasets()})
        raise NotFoundError(f"task: got {got(task)}; known are {', '.join(known)}")
    return TaskLeaderboard.of(task, found, best, literature)
