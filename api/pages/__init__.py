"""Pages: server-rendered HTML, one file a page. They read as routes do: `store` and the schemas of the API."""

from fastapi import FastAPI

from api.pages import (
    _route,
    activity,
    candidate,
    compare,
    compare_searches,
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
PAGES = (
    searches,
    leaderboard,
    candidate,
    pictures,
    trials,
    trial,
    specification,
    activity,
    compare,
    compare_searches,
    tasks,
    submit,
)


def install(app: FastAPI) -> None:
    """What is not there is told as a page."""
    app.add_exception_handler(404, _route.missing)
