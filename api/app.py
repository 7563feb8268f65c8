"""The FastAPI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import plotly
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware
from starlette.responses import Response

from api import pages, problems
from api.events import Events
from api.limit import BodyLimit
from api.methods import Head
from api.origin import KnownHost, SameOrigin
from api.prefix import Prefix
from api.routes import catalog, compare, estimate, events, figures, health, searches, status, tasks, trials
from searchsvc.service.settings import Settings
from searchsvc.service.settings import settings as environment
from searchsvc.store.db import READERS, Database

STATIC = Path(__file__).parent / "static"
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


class _Fresh(StaticFiles):
    """Browsers ask whether a file is still the same, so that a page never runs an older version's script."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        answer = super().file_response(*args, **kwargs)
        answer.headers["Cache-Control"] = "no-cache"
        return answer


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service on the database of `settings`; None: those of the environment."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = READERS
        app.state.settings = settings or environment()
        app.state.database = Database(app.state.settings.database)
        app.state.events = Events(app.state.database)
        yield
        app.state.events.close()
        app.state.database.close()

    app = FastAPIOffline(
        title="searchsvc",
        version=version("searchsvc"),
        summary="Neural-architecture and hyperparameter search for spiking neural networks",
        lifespan=lifespan,
        responses=problems.RESPONSES,
        middleware=[Middleware(each) for each in (KnownHost, SameOrigin, Prefix, Head, BodyLimit)],
    )
    problems.install(app)
    pages.install(app)
    app.state.routes = []
    for module in (searches, estimate, trials, events, figures, compare, tasks, catalog, status, health, *pages.PAGES):
        app.include_router(module.router)
        app.state.routes += module.router.routes

    @app.get("/static/plotly.min.js", include_in_schema=False)
    def plotly_script() -> FileResponse:
        return FileResponse(PLOTLY, headers={"Cache-Control": "max-age=86400"})

    app.mount("/static", _Fresh(directory=STATIC))
    return app
