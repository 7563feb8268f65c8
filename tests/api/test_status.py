"""What the service says of itself."""

import pytest
from fastapi.testclient import TestClient

from searchsvc.store import migrate
from searchsvc.store.db import Database
from tests.specs import TINY
from workers.runner.presence import Presence


def test_status_and_readiness_say_whether_a_runner_lives_and_why_not(client: TestClient, database: Database) -> None:
    ready = client.get("/readyz")
    assert ready.status_code == 200 and ready.json()["status"] == "ready"
    nothing = "no runner is there; start one with: searchsvc up"
    assert ready.json()["runner"] == {"lives": False, "reason": nothing}
    presence = Presence(database)
    presence.begin()
    presence.lose("ray cannot start: no")
    status = client.get("/v1/status").json()
    assert status["schema"] == migrate.head() and not status["runner"]["lives"]
    assert status["runner"]["reason"].endswith("ended: ray cannot start: no")
    (row,) = status["runners"]
    assert row["id"] == str(presence.boot) and row["pid"] == presence.pid and row["state"] == "lost"
    assert row["started"].endswith("Z") and row["heartbeat"].endswith("Z")
    presence.ready()
    assert client.get("/v1/status").json()["runner"] == {"lives": True, "reason": None}
    assert client.get("/readyz").json()["runner"] == {"lives": True, "reason": None}
    presence.say("there is no room")
    assert client.get("/readyz").json()["runner"] == {"lives": True, "reason": "there is no room"}


def test_a_probe_reads_no_migrations(light: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate.head()
    monkeypatch.setattr(migrate, "ScriptDirectory", None)
    assert light.get("/readyz").json()["schema"] == light.get("/v1/status").json()["schema"] == migrate.head()


def test_a_search_that_no_runner_has_memory_for_is_told_so_when_it_is_submitted(
    client: TestClient, database: Database
) -> None:
    large = {"name": "vgg", "channels": [4096], "strides": [1]}
    spec = {**TINY, "network": large, "time_steps": 100, "training": {"batch_size": 1024}}
    assert client.post("/v1/searches", json=spec).status_code == 201  # who knows which runner will come
    small, more = Presence(database), Presence(database)
    for presence in (small, more):
        presence.begin()
    small.ready(24 << 30)
    refused = client.post("/v1/searches", json=spec)
    assert refused.status_code == 422 and refused.json()["detail"] == (
        "memory: a trial of this search needs at least 202 GiB, and there are 24 GiB in all; "
        "lower training.batch_size, time_steps or the network's size"
    )
    assert client.post("/v1/searches", json=TINY).status_code == 201
    assert client.post("/v1/searches", json={**spec, "resources": {"gpus": 1}}).status_code == 201
    more.ready(512 << 30)
    assert client.post("/v1/searches", json=spec).status_code == 201
    assert {row["memory"] for row in client.get("/v1/status").json()["runners"]} == {24 << 30, 512 << 30}
