"""Templates into answers: everything that comes from a user or a database is escaped, and no script is inline."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.pages import _filters
from searchsvc.metrics.words import called

HERE = Path(__file__).parent.parent
# plotly writes styles into the page and draws exported images from blobs; nothing may run that is not a file of ours.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",  # going back shows what is, not what was
    "Content-Security-Policy": POLICY,
}


def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(version=version("searchsvc"), called=called)
    found.filters.update(_filters.FILTERS)
    return found


def _of_every_page(request: Request) -> dict[str, Any]:
    """Where the service lies; why searches wait, which the browser asks for where the page could not be told."""
    state = request.state
    known = hasattr(state, "waiting")
    return {"root": request.scope["root_path"], "waiting": state.waiting if known else None, "waiting_is_known": known}


TEMPLATES = Jinja2Templates(env=_environment(), context_processors=[_of_every_page])


def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page from `api/templates`."""
    return TEMPLATES.TemplateResponse(request, template, context, status, HEADERS)
