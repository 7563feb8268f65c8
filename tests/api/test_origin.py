"""Other sites' pages change nothing; clients that are no browsers are not asked where they come from."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.specs import TINY

FOREIGN: list[dict[str, str]] = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://testserver:81"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"},
]
OWN: list[dict[str, str]] = [
    {},
    {"Origin": "http://testserver"},
    {"Origin": "https://testserver"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://before-the-proxy"},
    {"Sec-Fetch-Site": "none"},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("action", ["cancel", "pause", "delete", "submit"])
def test_another_sites_page_changes_nothing(client: TestClient, headers: dict[str, str], action: str) -> None:
    made = client.post("/v1/searches", json=TINY).json()
    address = f"/v1/searches/{made['id']}"
    answers: dict[str, Any] = {
        "cancel": lambda: client.post(f"{address}/cancel", headers=headers),
        "pause": lambda: client.post(f"{address}/pause", headers=headers),
        "delete": lambda: client.delete(address, headers=headers),
        "submit": lambda: client.post("/v1/searches", json=TINY, headers=headers),
    }
    answer = answers[action]()
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert "got a request from another site" in answer.json()["detail"]
    assert [s["state"] for s in client.get("/v1/searches").json()["searches"]] == ["queued"]


@pytest.mark.parametrize("headers", OWN)
def test_our_own_pages_and_programs_do(client: TestClient, headers: dict[str, str]) -> None:
    made = client.post("/v1/searches", json=TINY, headers=headers)
    assert made.status_code == 201
    assert client.post(f"/v1/searches/{made.json()['id']}/cancel", headers=headers).json()["state"] == "cancelled"


def test_reading_is_for_all(client: TestClient) -> None:
    assert client.get("/v1/searches", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
