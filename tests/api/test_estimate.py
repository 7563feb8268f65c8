"""What a search would take, by REST, on both databases."""

from pathlib import Path

from fastapi.testclient import TestClient

from searchsvc.store.db import Database
from tests.api import finished
from tests.specs import TINY


def test_time_comes_from_trials_of_the_task(client: TestClient, database: Database, tmp_path: Path) -> None:
    first = client.post("/v1/estimate", json=TINY).json()
    assert (first["trials"], first["hours"], first["seconds_a_trial"]) == (9, None, None)
    finished.run(client, database, tmp_path / "artifacts", TINY)
    assert (
        client.post("/v1/estimate", json=TINY)
        .json()["basis"]
        .endswith("8 earlier trials of this task with the same network")
    )
    wider = {**TINY, "network": {"name": "vgg", "channels": [8, 8], "strides": [2, 2]}}
    other = client.post("/v1/estimate", json=wider).json()
    assert other["hours"] > 0 and other["basis"] == "8 earlier trials of this task with other networks"
    assert other["memory_bytes"] > first["memory_bytes"]
    assert client.post("/v1/estimate", json={**TINY, "task": "nope"}).status_code == 422
    assert len(client.get("/v1/searches").json()["searches"]) == 1
