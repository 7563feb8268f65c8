"""Searches that have run to their end in this process."""

from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from searchsvc.db import Database
from tests.workers.inline import InlineAsker, InlineExecutor
from workers.runner import Runner


def run(client: TestClient, database: Database, folder: Path, spec: dict[str, Any]) -> str:
    """The id of a search of this specification, submitted over HTTP and finished."""
    made: str = client.post("/v1/searches", json=spec).json()["id"]
    runner = Runner(database, InlineExecutor(folder), 30.0, str(folder), InlineAsker())
    while client.get(f"/v1/searches/{made}").json()["state"] in ("queued", "running"):
        runner.turn()
    runner.close()
    return made


def get(client: TestClient, path: str) -> Any:
    """What is there: JSON of the API, text of a page."""
    response = client.get(path)
    assert response.status_code == 200, response.text
    return response.json() if path.startswith("/v1") else response.text
