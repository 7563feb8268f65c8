"""What an address takes is what it says: unknown, repeated and unreadable parameters are refused, on every address."""

import re
from pathlib import Path

from fastapi.testclient import TestClient

from api.app import create_app
from api.route import StrictRoute
from tests.api import finished
from tests.specs import TINY

ROUTES = create_app().state.routes
UNKNOWN_ID = "00000000-0000-0000-0000-000000000000"


def test_every_route_is_strict() -> None:
    assert [route.path for route in ROUTES if not isinstance(route, StrictRoute)] == []


def test_an_unknown_parameter_is_refused_everywhere(light: TestClient) -> None:
    for route in ROUTES:
        path = re.sub(r"{\w+}", UNKNOWN_ID, route.path)
        for method in route.methods:
            answer = light.request(method, f"{path}?sortt=energy", json=TINY if method == "POST" else None)
            assert answer.status_code == 422, path
            assert "sortt: got an unknown query parameter; " in answer.text


def test_what_is_allowed_is_named(light: TestClient) -> None:
    answer = light.get("/v1/searches?colour=a&limt=3")
    assert answer.json()["detail"] == (
        "colour: got an unknown query parameter; allowed are state, kind, name, cursor, limit; "
        "limt: got an unknown query parameter; allowed are state, kind, name, cursor, limit; did you mean 'limit'?"
    )
    assert light.get("/v1/catalog?x=1").json()["detail"].endswith("this address takes none")
    assert len(light.get(f"/v1/searches?{'x' * 9000}=1").json()["detail"]) < 200


def test_a_parameter_given_twice_is_refused_unless_it_is_a_list(light: TestClient) -> None:
    assert light.get("/v1/searches?limit=1&limit=2").json()["detail"] == "limit: got 2 values; give one"
    assert light.get("/?text=a&text=b").status_code == 422
    twice = light.get(f"/v1/compare?candidate={UNKNOWN_ID}:1&candidate={UNKNOWN_ID}:2")
    assert twice.status_code == 404 and "does not exist" in twice.text


def test_a_nul_is_refused_alike_on_both_databases(client: TestClient) -> None:
    for path in (
        "/v1/leaderboard?task=%00",
        "/?text=a%00",
        "/?kind=%00",
        "/tasks/%00",
        "/v1/searches/%00",
        "/submit?like=%00",
    ):
        answer = client.get(path)
        assert answer.status_code == 422 and "with a NUL" in answer.text, path
    key = client.post("/v1/searches", json=TINY, headers={"Idempotency-Key": "a\0b"})
    assert key.status_code == 422 and key.json()["detail"].startswith("idempotency-key: got 'a\\x00b'")


def test_a_cursor_of_another_search_is_refused(light: TestClient, tmp_path: Path) -> None:
    database = light.app.state.database  # type: ignore[attr-defined]
    made = finished.run(light, database, tmp_path / "artifacts", TINY)
    other = light.post("/v1/searches", json=TINY).json()["id"]
    for what in ("leaderboard", "trials"):
        cursor = light.get(f"/v1/searches/{made}/{what}?limit=2").json()["next_cursor"]
        for path in (f"/v1/searches/%s/{what}", f"/searches/%s/{what}".removesuffix("/leaderboard")):
            assert light.get(path % made, params={"cursor": cursor}).status_code == 200
            refused = light.get(path % other, params={"cursor": cursor})
            assert refused.status_code == 422 and "give the next_cursor of an earlier answer" in refused.text
        export = light.get(f"/v1/searches/{other}/{what}", params={"cursor": cursor, "format": "csv"})
        assert export.status_code == 422
    for strange in (
        "5",
        f"{made}:",
        f"{made}:-1",
        f"{made}:x",
        f"{made}:{10**12}",
        f"{made}:\N{SUPERSCRIPT TWO}",
        "\ud83d",
    ):
        answer = light.get(f"/v1/searches/{made}/trials", params={"cursor": strange.encode(errors="replace")})
        assert answer.status_code == 422, strange


def test_trials_come_in_pages_by_cursor(light: TestClient, tmp_path: Path) -> None:
    database = light.app.state.database  # type: ignore[attr-defined]
    made = finished.run(light, database, tmp_path / "artifacts", TINY)
    numbers, params = [], {"limit": "4"}
    while params.get("cursor", "") is not None:
        page = light.get(f"/v1/searches/{made}/trials", params=params).json()
        numbers += [trial["number"] for trial in page["trials"]]
        params["cursor"] = page["next_cursor"]
    assert numbers == list(range(9))
