"""``/tasks`` and ``/tasks/{task}``: the best of what was found here, and apart from it what the literature reports."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.dependencies import Db
from api.pages._filters import together
from api.pages._render import render
from api.pages._route import router as page_router
from api.routes import tasks
from api.schemas.tasks import TaskLeaderboard
from searchsvc.metrics.names import fresh, on_test
from spaces.space.points import brief

router = page_router()


@router.get("/tasks")
def every(request: Request, database: Db) -> HTMLResponse:
    with database.read() as session:
        return render(request, "tasks.html", tasks=tasks.overview(session).tasks)


@router.get("/tasks/{task}")
def one(request: Request, task: str, database: Db, metric: tasks.Metric = None) -> HTMLResponse:
    with database.read() as session:
        board = tasks.board(session, task, metric)
    names = {name for row in board.rows for name in row.metrics}
    confirmed = fresh(board.metric) if board.metric and any(row.confirmed for row in board.rows) else None
    test = next((name for name in on_test(board.metric or "") if name in names), None)
    numbers = {name: together((row.metrics.get(name) for row in board.rows), name) for name in {*names, "energy"}}
    return render(
        request,
        "task.html",
        board=board,
        confirmed=confirmed,
        test=test,
        numbers=numbers,
        differs=_values(board),
    )


def _values(board: TaskLeaderboard) -> dict[str, list[str]]:
    """Of each field that differs all values that it has."""
    return {
        name: list(dict.fromkeys(brief(row.protocol.get(name, "–")) for row in board.rows)) for name in board.differs
    }
