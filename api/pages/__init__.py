"""Pages: server-rendered HTML, one file a page. They read as routes do: `searchsvc.repo` and the schemas of the API."""

from fastapi import FastAPI

from api.pages import (
    _route,
    activity,
    compare,
    leaderboard,
    pictures,
    searches,
    specification,
    submit,
    tasks,
    trial,
    trials,
)

# each has a `router`
PAGES = (searches, leaderboard, pictures, trials, trial, specification, activity, compare, tasks, submit)


def install(app: FastAPI) -> None:
    for page in PAGES:
        app.include_router(page.router)
    app.add_exception_handler(404, _route.missing)
