"""Every error as problem details (RFC 9457): what was got, what is allowed, what to do."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import DataError, OperationalError, TimeoutError
from starlette.exceptions import HTTPException

from searchsvc import jobs
from spaces.errors import UserError
from spaces.params import explain

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


def install(app: FastAPI) -> None:
    @app.exception_handler(UserError)
    def _user(request: Request, error: UserError) -> JSONResponse:
        return problem(error.status, error.title, str(error))

    @app.exception_handler(RequestValidationError)
    def _validation(request: Request, error: RequestValidationError) -> JSONResponse:
        found = error.errors()
        if found[0]["type"] == "json_invalid":
            reason = found[0]["ctx"]["error"]
            return problem(400, "Malformed JSON", f"body: got no JSON ({reason}); send a JSON object")
        if isinstance(found[0].get("input"), bytes):
            return problem(415, "Unsupported Media Type", "body: got no JSON; send Content-Type: application/json")
        lines = [explain(jobs.without_kind({**e, "loc": e["loc"][1:]})) for e in found]
        return problem(422, "Invalid input", "; ".join(lines), lines)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> JSONResponse:
        detail = f"{request.method} {request.url.path}: {error.detail}; /docs lists what there is"
        answer = problem(error.status_code, HTTPStatus(error.status_code).phrase, detail)
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(DataError)  # such as a NUL, which PostgreSQL's texts cannot hold
    def _text(request: Request, error: DataError) -> JSONResponse:
        return problem(
            422, "Invalid input", f"{request.url.path}: got text that the database cannot hold; leave it out"
        )

    @app.exception_handler(TimeoutError)  # every connection is in use
    @app.exception_handler(OperationalError)
    def _database(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s: %s", request.method, request.url.path, error)
        return problem(
            503,
            "Database unavailable",
            "the database does not answer; try again, with the same Idempotency-Key",
        )

    @app.exception_handler(Exception)
    def _bug(request: Request, error: Exception) -> JSONResponse:
        log.exception("%s %s", request.method, request.url.path, exc_info=error)
        return problem(500, "Internal error", "the service failed on this request; its log says why")


def problem(status: int, title: str, detail: str, errors: list[str] | None = None) -> JSONResponse:
    body = Problem(title=title, status=status, detail=detail, errors=errors or [])
    return JSONResponse(body.model_dump(), status, media_type="application/problem+json")
