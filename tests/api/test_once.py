"""A request with an `Idempotency-Key` is carried out once, whoever sends it how often at the same time."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from api.app import create_app
from searchsvc.service.settings import Settings
from searchsvc.store.control import requests
from searchsvc.store.db import Database
from tests.specs import TINY


@pytest.fixture
def clients(database: Database, database_url: str, tmp_path: Path) -> Iterator[list[TestClient]]:
    """Two API processes' worth: each with engines of its own."""
    chosen = Settings(data=tmp_path, database_url=database_url)
    with ExitStack() as stack:
        apps = [TestClient(create_app(chosen), raise_server_exceptions=False) for _ in range(2)]
        yield [stack.enter_context(app) for app in apps]


def rows(database: Database, query: str) -> list[Any]:
    with database.read() as session:
        return list(session.execute(text(query)).all())


def post(client: TestClient, path: str, key: str, json: Any = None) -> Any:
    return client.post(f"/v1/searches{path}", json=json, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("path", ["", "/{id}/pause", "/{id}/cancel"])
def test_the_same_request_at_the_same_moment_is_carried_out_once_and_answered_alike(
    clients: list[TestClient], database: Database, path: str
) -> None:
    made = clients[0].post("/v1/searches", json=TINY).json()["id"]
    body = TINY if not path else None
    for _ in range(5):
        key, together = str(uuid4()), Barrier(8)

        def send(number: int, key: str = key, together: Barrier = together) -> Any:
            together.wait()
            return post(clients[number % 2], path.format(id=made), key, body)

        before = rows(database, "SELECT count(*) FROM event")[0][0]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(send, range(8)))
        assert {answer.status_code for answer in answers} == {200 if path else 201}, answers[0].text
        assert len({answer.content for answer in answers}) == 1
        assert len({answer.headers.get("location") for answer in answers}) == 1
        if not path:
            assert rows(database, "SELECT count(*) FROM event")[0][0] == before + 1


def test_while_the_first_is_under_way_the_second_waits_for_its_answer(
    clients: list[TestClient], database: Database
) -> None:
    """The first is held in the middle by hand; it then fails, and the second is carried out in its place."""
    request = ("k", "POST", "/v1/searches", "content")
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(ZeroDivisionError), database.write() as session:
            assert requests.begin(session, *request).status == 0
            second = pool.submit(post, clients[0], "", "k", TINY)
            time.sleep(0.3)
            assert not second.done()
            _ = 1 / 0
        assert second.result().status_code == 201


def test_a_key_with_another_body_or_path_is_refused(client: TestClient) -> None:
    made = post(client, "", "k", TINY).json()["id"]
    post(client, f"/{made}/pause", "p")
    for path, key, body in (
        ("", "k", {**TINY, "seed": 1}),
        (f"/{made}/cancel", "p", None),
        (f"/{made}/pause", "k", None),
    ):
        refused = post(client, path, key, body)
        assert refused.status_code == 422 and "use a new key" in refused.json()["detail"]
    assert client.get(f"/v1/searches/{made}").json()["state"] == "paused"
    assert post(client, "", "", TINY).status_code == 422


def test_a_refused_request_leaves_its_key_free(client: TestClient) -> None:
    made = post(client, "", "k", TINY).json()["id"]
    assert post(client, f"/{made}/resume", "r").status_code == 409
    client.post(f"/v1/searches/{made}/pause")
    assert post(client, f"/{made}/resume", "r").json()["state"] == "queued"


def test_keys_are_forgotten_when_they_are_old(client: TestClient, database: Database) -> None:
    first = post(client, "", "old", TINY).json()["id"]
    kept = post(client, "", "new", TINY).json()["id"]
    with database.write() as session:
        session.execute(text("UPDATE idempotency SET created = created - 25 * 3600 WHERE key = 'old'"))
        requests.forget(session, 24 * 3600)
    assert post(client, "", "old", TINY).json()["id"] != first
    assert post(client, "", "new", TINY).json()["id"] == kept


STEPS = st.lists(st.tuples(st.sampled_from(["", "pause", "resume", "cancel"]), st.integers(0, 2)), max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(steps=STEPS)
def test_any_requests_with_any_keys_do_as_each_sent_once(client: TestClient, database: Database, steps: Any) -> None:
    """Against a dictionary: the first answer to a key is the answer for good; what repeats adds no row."""
    prefix = str(uuid4())
    made = client.post("/v1/searches", json=TINY).json()["id"]
    told: dict[str, tuple[str, bytes]] = {}
    for verb, number in steps:
        path, key = (f"/{made}/{verb}" if verb else ""), f"{prefix}/{number}"
        before = rows(database, "SELECT (SELECT count(*) FROM search), (SELECT count(*) FROM event)")
        answer = post(client, path, key, None if verb else TINY)
        after = rows(database, "SELECT (SELECT count(*) FROM search), (SELECT count(*) FROM event)")
        if key in told:
            earlier, content = told[key]
            assert after == before
            assert (answer.content == content) if earlier == path else (answer.status_code == 422)
        elif answer.is_success:
            told[key] = path, answer.content
            assert verb or after[0][0] == before[0][0] + 1
        else:
            assert answer.status_code == 409 and after == before
    stored = rows(database, f"SELECT count(*) FROM idempotency WHERE key LIKE '{prefix}%'")
    assert stored[0][0] == len(told)
