"""``/tasks`` and ``/tasks/{task}``: the best of what was found here, and apart from it what the literature reports."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.dependencies import Db
from api.pages._render import render
from api.pages._route import router as page_router
from api.routes import tasks

router = page_router()


@router.get("/tasks")
def every(request: Request, database: Db) -> HTMLResponse:
    with database.read() as session:
        return render(request, "tasks.html", tasks=tasks.overview(session).tasks)


@router.get("/tasks/{task}")
def one(request: Request, task: str, database: Db, metric: tasks.Metric = None) -> HTMLResponse:
    with database.read() as session:
        return render(request, "task.html", board=tasks.board(session, task, metric))
