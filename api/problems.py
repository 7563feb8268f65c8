"""Every error as problem details (RFC 9457): what was got, what is allowed, what to do."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from api.methods import allowed
from searchsvc import kinds
from searchsvc.store.db import Unavailable
from spaces.errors import UserError, got
from spaces.wording import explain

LONGEST_PATH = 200  # in a message
MOST_LINES = 20  # of what is wrong with a request, in one message; all are beside it

log = logging.getLogger("searchsvc.api")


class Problem(BaseModel):
    """Problem details; `errors` names every wrong field of a request."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[str] = []


RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "Problem",
        "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
    }
}


def _user(request: Request, error: UserError) -> JSONResponse:
    return problem(error.status, error.title, str(error))


def _validation(request: Request, error: RequestValidationError) -> JSONResponse:
    found = error.errors()
    if found[0]["type"] == "json_invalid":
        reason = found[0]["ctx"]["error"]
        return problem(400, "Malformed JSON", f"body: got no JSON ({reason}); send a JSON object")
    if isinstance(found[0].get("input"), bytes):
        return problem(415, "Unsupported Media Type", "body: got no JSON; send Content-Type: application/json")
    lines = [explain(kinds.without_kind({**e, "loc": e["loc"][1:]})) for e in found]
    more = [f"and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
    return problem(422, "Invalid input", "; ".join(lines[:MOST_LINES] + more), lines)


def _http(request: Request, error: HTTPException) -> JSONResponse:
    headers, said = dict(error.headers or {}), error.detail
    if error.status_code == 405:
        names = allowed(request.app.state.routes, request.scope) or {"GET", "HEAD"}  # else a file
        headers["Allow"] = ", ".join(sorted(names))
        said = f"{said}; allowed are {headers['Allow']}"
    detail = f"{request.method} {shown_path(request)}: {said}; /docs lists what there is"
    answer = problem(error.status_code, HTTPStatus(error.status_code).phrase, detail)
    answer.headers.update(headers)
    return answer


def _text(request: Request, error: DataError) -> JSONResponse:
    """Such as a NUL, which PostgreSQL's texts cannot hold."""
    detail = f"{shown_path(request)}: got text that the database cannot hold; leave it out"
    return problem(422, "Invalid input", detail)


def _database(request: Request, error: Unavailable) -> JSONResponse:
    log.error("%s %s: %s", request.method, request.url.path, error)
    return problem(error.status, error.title, f"{error}; try again, with the same Idempotency-Key")


def _bug(request: Request, error: Exception) -> JSONResponse:
    log.exception("%s %s", request.method, request.url.path, exc_info=error)
    return problem(500, "Internal error", "the service failed on this request; its log says why")


HANDLERS: dict[type[Exception], Any] = {
    UserError: _user,
    RequestValidationError: _validation,
    HTTPException: _http,
    DataError: _text,
    Unavailable: _database,
    Exception: _bug,
}


def install(app: FastAPI) -> None:
    for error, answer in HANDLERS.items():
        app.add_exception_handler(error, answer)


def problem(status: int, title: str, detail: str, errors: list[str] | None = None) -> JSONResponse:
    body = Problem(title=title, status=status, detail=detail, errors=errors or [])
    return JSONResponse(body.model_dump(), status, media_type="application/problem+json")


def shown_path(request: Request) -> str:
    """The path, as far as a message has room for it."""
    path = request.url.path
    return path if len(path) <= LONGEST_PATH else got(path, LONGEST_PATH)
