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
