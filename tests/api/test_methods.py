"""HEAD wherever GET is, and a 405 that names what is allowed, for every address that there is."""

import re
import shutil
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.app import create_app
from searchsvc.service.settings import Settings
from tests.api import finished
from tests.e2e.alone import served
from tests.e2e.service import free_port
from tests.specs import TINY

ROUTES = [route for route in create_app().state.routes if isinstance(route, APIRoute)]
PATHS = sorted({route.path for route in ROUTES} | {"/docs", "/openapi.json", "/static/page.js"})
KIND = {"/v1/searches": "alpha", "/v1/compare": "curves", "/v1/trials": "curves"}  # of pictures


@pytest.fixture
def search(light: TestClient, tmp_path: Path) -> tuple[str, str]:
    database = light.app.state.database  # type: ignore[attr-defined]
    made = finished.run(light, database, tmp_path / "artifacts", TINY)
    trials = finished.get(light, f"/v1/searches/{made}/trials")["trials"]
    return made, next(trial["id"] for trial in trials if trial["phase"] == "retrain")


def filled(path: str, search: str, trial: str) -> str:
    kind = next((kind for start, kind in KIND.items() if path.startswith(start)), "")
    values = {"search_id": search, "trial_id": trial, "number": "1", "task": "digits", "kind": kind}
    query = (
        f"?candidate={search}:1&candidate={search}:2"
        if "compare" in path
        else "?task=digits"
        if path.endswith("/leaderboard") and "{" not in path
        else ""
    )
    return re.sub(r"{(\w+)}", lambda found: values[found[1]], path) + query


def test_head_is_get_without_a_body(light: TestClient, search: tuple[str, str]) -> None:
    for path in PATHS:
        got, head = (light.request(method, filled(path, *search)) for method in ("GET", "HEAD"))
        assert head.status_code == got.status_code != 404, path
        assert head.content == b"", path
        for name in ("content-type", "content-length", "etag", "content-disposition", "allow"):
            assert head.headers.get(name) == got.headers.get(name), (path, name)


def test_a_405_names_every_method(light: TestClient, search: tuple[str, str]) -> None:
    for path in PATHS:
        methods = {m for route in ROUTES if route.path == path for m in route.methods} or {"GET"}
        methods |= {"HEAD"} if "GET" in methods else set()
        answer = light.put(filled(path, *search))
        assert answer.status_code == 405, path
        assert set(answer.headers["allow"].split(", ")) == methods, path
        assert f"allowed are {answer.headers['allow']}" in answer.json()["detail"]


def test_head_of_an_event_stream_does_not_wait_for_its_end(migrated_file: Path, tmp_path: Path) -> None:
    shutil.copy(migrated_file, tmp_path / "searchsvc.db")
    with served(Settings(data=tmp_path, port=free_port())) as url:
        made = httpx.post(f"{url}/v1/searches", json=TINY).json()["id"]
        head = httpx.head(f"{url}/v1/searches/{made}/events", timeout=60)
        assert head.status_code == 200 and head.headers["content-type"].startswith("text/event-stream")
