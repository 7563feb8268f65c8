"""Searches that have run to their end in this process."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from searchsvc.store.db import Database
from tests.workers import driving
from tests.workers.inline import InlineAsker, InlineExecutor
from workers.runner.loop import Runner


def run(client: TestClient, database: Database, folder: Path, spec: dict[str, Any]) -> str:
    """The id of a search of this specification, submitted over HTTP and finished."""
    return finish(client, database, folder, client.post("/v1/searches", json=spec).json()["id"])


def finish(client: TestClient, database: Database, folder: Path, search: str, fail: Iterable[int] = ()) -> str:
    """Run it to its end; trials of the numbers `fail` fail."""
    executor = InlineExecutor(folder)
    executor.fail |= set(fail)
    runner = Runner(database, executor, 30.0, executor.store, InlineAsker())
    driving.turn(runner, lambda: client.get(f"/v1/searches/{search}").json()["state"] not in ("queued", "running"))
    runner.close()
    return search


def get(client: TestClient, path: str, **query: str) -> Any:
    """What is there: JSON as values, all else as text."""
    response = client.get(path, params=query or None)
    assert response.status_code == 200, response.text
    return response.json() if "json" in response.headers["Content-Type"] else response.text
