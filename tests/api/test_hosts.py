"""A request must name this service: else a page whose name was made to lead here could read, submit and delete."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from searchsvc.service.settings import Settings
from tests.specs import TINY

OWN = [
    "127.0.0.1:8000",
    "localhost",
    "LOCALHOST:1",
    "localhost.",
    "127.9.9.9",
    "[::1]:8000",
    "[::ffff:127.0.0.1]",
    "testserver",
]
FOREIGN = [
    *("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.7", "[::2]"),
    *("", "[::1", "127.0.0.1:8000@evil.example", "localhost:8000, evil.example", "xn--lcalhost-54a", "2130706433"),
]


@pytest.mark.parametrize("host", OWN)
def test_its_own_names_are_served(light: TestClient, host: str) -> None:
    assert light.get("/v1/searches", headers={"Host": host}).status_code == 200
    assert light.post("/v1/searches", json=TINY, headers={"Host": host}).status_code == 201


@pytest.mark.parametrize("host", FOREIGN)
def test_others_get_nothing_by_any_method(light: TestClient, host: str) -> None:
    made = light.post("/v1/searches", json=TINY).json()["id"]
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        for path in (
            "/",
            "/v1/searches",
            f"/v1/searches/{made}",
            "/healthz",
            "/static/page.js",
            "/openapi.json",
            "/none",
        ):
            answer = light.request(method, path, headers={"Host": host})
            assert answer.status_code == 421 and made not in answer.text
    assert "SEARCHSVC_ALLOWED_HOSTS" in answer.json()["detail"]
    assert light.get(f"/v1/searches/{made}").json()["state"] == "queued"


@pytest.mark.parametrize(
    ("settings", "host", "is_served"),
    [
        ({"host": "gpu-7"}, "gpu-7:8000", True),
        ({"host": "gpu-7"}, "10.0.0.7", False),
        ({"host": "0.0.0.0"}, "10.0.0.7:8000", True),
        ({"host": "::"}, "[fd00::7]", True),
        ({"host": "0.0.0.0"}, "evil.example", False),
        ({"host": "fd00::7"}, "[FD00::7]:80", True),
        ({"allowed_hosts": "search.lab, Other.lab"}, "search.LAB", True),
        ({"allowed_hosts": "search.lab, Other.lab"}, "other.lab:443", True),
        ({"allowed_hosts": "search.lab, Other.lab"}, "not.search.lab", False),
        ({"allowed_hosts": ","}, "", False),
    ],
)
def test_names_that_settings_give(
    tmp_path: Path, migrated_file: Path, settings: dict[str, str], host: str, is_served: bool
) -> None:
    chosen = Settings(data=tmp_path, database_url=f"sqlite:///{migrated_file}", **settings)
    with TestClient(create_app(chosen)) as light:
        assert light.get("/v1/searches", headers={"Host": host}).status_code == (200 if is_served else 421)


def test_two_hosts_are_none(light: TestClient) -> None:
    both = [("Host", "localhost"), ("Host", "evil.example")]
    assert light.get("/v1/searches", headers=both).status_code == 421
