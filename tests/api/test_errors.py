"""Wrong input gets problem details: what was got, what is allowed, what to do."""

import json
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError, TimeoutError

from searchsvc.store.db import Unavailable
from tests.specs import TINY

WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("unknown kind", {"kind": "hyperband"}, "kind: got 'hyperband'; allowed are '"),
    ("unknown neuron", {"neurons": ["lif", "izhi"]}, "neurons.1: got 'izhi'; allowed are '"),
    ("no channels", {"network": {"name": "vgg", "channels": None}}, "network.vgg.channels: got None; "),
    ("unknown task", {"task": "mnist"}, "task: got 'mnist'; allowed are '"),
    ("unknown field", {"epochs": 3}, "epochs: got an unknown field; allowed are kind, "),
    (
        "negative budget",
        {"budget": {"trials": -1}},
        "budget.trials: got -1; give at least 1",
    ),
    ("too small budget", {"budget": {"trials": 3}}, "this search needs at least 7"),
    ("not a number", {"training": {"lr": float("nan")}}, "training.lr: got nan; give a finite number"),
    ("infinity", {"training": {"lr": float("inf")}}, "training.lr: got inf; give a finite number"),
    ("half a GPU too many", {"resources": {"gpus": 1.5}}, "resources.gpus: got 1.5; give 0, a share"),
    ("control characters", {"name": "a\x00b"}, "name: got 'a\\x00b'"),
    ("a list", {"task": ["digits"]}, "task: got ['digits']"),
    ("negative seed", {"seed": -1}, "seed: got -1"),
    (
        "no resources",
        {"resources": {"cpus": 0}},
        "resources.cpus: got 0; give at least 0.001",
    ),
]


def problem(response: Any, status: int) -> str:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status and body["title"] and body["detail"]
    return str(body["detail"])


@pytest.mark.parametrize(("changes", "expected"), [(c, e) for _, c, e in WRONG], ids=[name for name, _, _ in WRONG])
def test_a_wrong_field_is_named_with_what_was_got_and_what_is_allowed(
    client: TestClient, changes: dict[str, Any], expected: str
) -> None:
    body = json.dumps({**TINY, **changes})
    detail = problem(client.post("/v1/searches", content=body, headers={"content-type": "application/json"}), 422)
    assert expected in detail
    assert client.get("/v1/searches").json()["searches"] == []


@pytest.mark.parametrize("doubled", ['"seed": 1, "seed": 2', '"training": {"epochs": 1, "epochs": 1}'])
def test_a_key_that_stands_twice_is_refused(client: TestClient, doubled: str) -> None:
    body = f"{json.dumps(TINY)[:-1]}, {doubled}}}"
    detail = problem(client.post("/v1/searches", content=body, headers={"content-type": "application/json"}), 422)
    assert "stands more than once in the object with" in detail
    assert client.get("/v1/searches").json()["searches"] == []


def test_every_wrong_field_is_named_at_once(client: TestClient) -> None:
    response = client.post("/v1/searches", json={**TINY, "seed": -1, "epochs": 1})
    assert [line.split(":")[0] for line in response.json()["errors"]] == ["seed", "epochs"]


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe", b"[1", b"nul"])
def test_what_is_not_json_is_refused(client: TestClient, body: bytes) -> None:
    response = client.post("/v1/searches", content=body, headers={"content-type": "application/json"})
    assert response.status_code in (400, 422) and "body" in problem(response, response.status_code)


@pytest.mark.parametrize("value", [3, "x", None, [TINY]])
def test_json_that_is_no_object_is_refused(client: TestClient, value: Any) -> None:
    assert "body" in problem(client.post("/v1/searches", json=value), 422)


def test_a_body_over_one_mebibyte_is_refused_also_when_it_does_not_say_its_length(client: TestClient) -> None:
    large = json.dumps({**TINY, "name": "x" * (1 << 20)}).encode()
    assert "1 MiB" in problem(client.post("/v1/searches", content=large), 413)
    chunks = (large[i : i + 65536] for i in range(0, len(large), 65536))
    assert "1 MiB" in problem(client.post("/v1/searches", content=chunks), 413)


def test_unknown_ids_are_refused(client: TestClient) -> None:
    for noun, paths in {
        "searches": ["", "/leaderboard", "/best", "/trials", "/events", "/figures/alpha"],
        "trials": ["", "/reports", "/architecture", "/weights"],
    }.items():
        for path in paths:
            for name in (str(uuid4()), "abc"):
                detail = problem(client.get(f"/v1/{noun}/{name}{path}"), 404)
                assert name in detail and "does not exist" in detail
    problem(client.post(f"/v1/searches/{uuid4()}/cancel"), 404)


def test_unknown_routes_methods_and_parameters_are_explained(client: TestClient) -> None:
    assert "/nothing" in problem(client.get("/nothing"), 404)
    assert "/docs" in problem(client.put("/v1/searches"), 405)
    assert "limit: got '0'" in problem(client.get("/v1/searches?limit=0"), 422)
    made = client.post("/v1/searches", json=TINY).json()["id"]
    assert "next_cursor" in problem(client.get(f"/v1/searches/{made}/leaderboard?cursor=x"), 422)
    assert "next_cursor" in problem(client.get(f"/v1/searches/{made}/leaderboard?cursor=x&format=csv"), 422)
    assert "alpha" in problem(client.get(f"/v1/searches/{made}/figures/x"), 422)
    unknown = problem(client.get(f"/v1/searches/{made}/leaderboard?sort=nope"), 422)
    assert unknown.startswith("sort: got 'nope'; there is no such metric or cost; allowed are accuracy/validation, ")
    tested = problem(client.get(f"/v1/searches/{made}/leaderboard?sort=-accuracy/test"), 422)
    assert tested.startswith("sort: got '-accuracy/test'; the test part never ranks; allowed are accuracy/validation")


def test_text_that_a_database_cannot_hold_is_refused_or_found_nowhere(client: TestClient) -> None:
    for path in ("/v1/leaderboard?task=%00", "/v1/searches?name=%00"):
        assert client.get(path).status_code in (200, 404, 422)


def test_before_anything_has_finished_there_is_no_best(client: TestClient) -> None:
    made = client.post("/v1/searches", json=TINY).json()["id"]
    assert "see the leaderboard" in problem(client.get(f"/v1/searches/{made}/best"), 404)


def test_a_bug_is_a_problem_without_its_insides(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("searchsvc.store.control.searches.listing", broken)
    assert "secret" not in problem(client.get("/v1/searches"), 500)


def test_a_database_that_does_not_answer_is_worth_another_try(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error in (OperationalError("SELECT 1", {}, Exception()), TimeoutError("no connection"), Unavailable("full")):

        def broken(*_: object, error: Exception = error, **__: object) -> None:
            raise error

        monkeypatch.setattr("searchsvc.store.control.searches.listing", broken)
        assert "try again" in problem(client.get("/v1/searches"), 503)
