"""Retry of a failed search, and why one waits, by REST and on its page."""

from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from searchsvc.store.db import Database
from searchsvc.store.tables import Search
from tests.specs import TINY


@pytest.fixture
def search(client: TestClient) -> str:
    made: str = client.post("/v1/searches", json=TINY).json()["id"]
    return made


def change(database: Database, search_id: str, **values: Any) -> None:
    with database.write() as session:
        search = session.get_one(Search, UUID(search_id))
        for name, value in values.items():
            setattr(search, name, value)


def test_a_failed_search_is_retried_once_for_a_key(client: TestClient, database: Database, search: str) -> None:
    path, key = f"/v1/searches/{search}/retry", {"Idempotency-Key": "again"}
    refused = client.post(path)
    assert refused.status_code == 409 and "got retry, but it is queued" in refused.json()["detail"]
    change(database, search, state="failed", error="on purpose")
    assert 'id="retry"' in client.get(f"/searches/{search}").text
    first = client.post(path, headers=key)
    assert (first.status_code, first.json()["state"], first.json()["error"]) == (200, "queued", None)
    assert client.post(path, headers=key).content == first.content
    assert client.post(path).status_code == 409
    assert 'id="retry"' not in client.get(f"/searches/{search}").text
    assert client.get(f"/v1/searches/{search}").json()["progress"]["failed"] == 0


def test_why_a_search_waits_is_said_where_it_is_shown(client: TestClient, database: Database, search: str) -> None:
    assert client.get(f"/v1/searches/{search}").json()["waiting"] is None
    change(database, search, waiting="resources: got <8> cpus")
    assert client.get(f"/v1/searches/{search}").json()["waiting"] == "resources: got <8> cpus"
    assert "got &lt;8&gt; cpus. It waits for one that can." in client.get(f"/searches/{search}").text
