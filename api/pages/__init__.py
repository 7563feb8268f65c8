"""Pages: server-rendered HTML, one file a page. They read as routes do: `searchsvc.repo` and the schemas of the API."""

from fastapi import FastAPI

from api.pages import compare, searches, submit, tasks

PAGES = (searches, compare, tasks, submit)  # each has a `router`


def install(app: FastAPI) -> None:
    for page in PAGES:
        app.include_router(page.router, include_in_schema=False)
