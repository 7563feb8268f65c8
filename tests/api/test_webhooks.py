"""Webhooks by REST and on a search's page: what is refused when it is submitted, and how far telling has come."""

from pathlib import Path
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from searchsvc.service.settings import Settings
from searchsvc.store.db import Database, now
from searchsvc.store.tables import Search, Webhook
from tests.receiver import SECRET
from tests.specs import TINY

ADDRESS = "https://ci.example.org/ended?token=a"


def serving(database_url: str, folder: Path, **more: str) -> TestClient:
    return TestClient(create_app(Settings(data=folder, database_url=database_url, **more)))


def told(client: TestClient, search_id: str) -> str:
    """What its page says of it, in one line."""
    page = client.get(f"/searches/{search_id}").text
    return " ".join(page.partition('id="webhook">')[2].partition("</p>")[0].split())


def change(database: Database, search_id: str, **values: object) -> None:
    with database.write() as session:
        owed = session.get_one(Webhook, UUID(search_id))
        search = session.get_one(Search, UUID(search_id))
        search.state, search.finished = "succeeded", now()
        for name, value in values.items():
            setattr(owed, name, value)


def test_how_far_it_has_come_is_shown(database: Database, database_url: str, tmp_path: Path) -> None:
    with serving(database_url, tmp_path, webhook_secret=SECRET) as client:
        made = client.post("/v1/searches", json={**TINY, "webhook": ADDRESS}).json()
        none = {"tries": 0, "error": None, "delivered": None, "next_try": None}
        assert made["webhook"] == {"host": "ci.example.org", "state": "waiting", **none}
        assert told(client, made["id"]) == "Webhook to ci.example.org: told when the search has ended"
        change(database, made["id"], tries=2, error="it answered with status <500>", due=2e9)
        found = client.get(f"/v1/searches/{made['id']}").json()["webhook"]
        assert (found["state"], found["tries"], found["error"]) == ("trying", 2, "it answered with status <500>")
        assert found["next_try"].startswith("2033-05-18")
        assert "not delivered yet, tried 2 times: it answered with status &lt;500&gt;" in told(client, made["id"])
        change(database, made["id"], due=None)
        assert client.get(f"/v1/searches/{made['id']}").json()["webhook"]["state"] == "given_up"
        assert "given up after 2 times: it answered" in told(client, made["id"])
        change(database, made["id"], delivered=2e9, error=None)
        assert client.get(f"/v1/searches/{made['id']}").json()["webhook"]["state"] == "delivered"
        assert ", at try 2" in told(client, made["id"])


def test_the_settings_address_is_told_of_searches_that_name_none_and_its_path_is_not_shown(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    with serving(database_url, tmp_path, webhook_secret=SECRET, webhook=ADDRESS) as client:
        made = client.post("/v1/searches", json=TINY)
        assert made.json()["webhook"]["host"] == "ci.example.org" and "token" not in made.text
        assert "webhook" not in made.json()["spec"]


@pytest.mark.parametrize(
    ("settings", "address", "said"),
    [
        ({}, ADDRESS, "webhook: this service has no secret to sign it with"),
        ({"webhook_secret": SECRET}, "http://127.0.0.1:8000/v1/searches", "leads to 127.0.0.1; allowed are public"),
        ({"webhook_secret": SECRET}, "http://a.localhost/", "leads to 127.0.0.1; allowed are public"),
        ({"webhook_secret": SECRET}, "http://[::1]/", "leads to ::1; allowed are public"),
        ({"webhook_secret": SECRET}, "http://169.254.169.254/latest", "leads to 169.254.169.254; allowed are public"),
        ({"webhook_secret": SECRET, "webhook_hosts": "a.example"}, ADDRESS, "SEARCHSVC_WEBHOOK_HOSTS allows a.example"),
        (
            {"webhook_secret": SECRET},
            "ftp://example.org/",
            "got 'ftp://example.org/'; give an address such as https://",
        ),
        ({"webhook_secret": SECRET}, "https://me:secret@example.org/", "give an address such as https://"),
        ({"webhook_secret": SECRET}, "https://example.org:99999/", "give an address such as https://"),
    ],
)
def test_an_address_that_would_not_be_told_is_refused_when_it_is_submitted(
    schema: None, migrated_file: Path, tmp_path: Path, settings: dict[str, str], address: str, said: str
) -> None:
    (tmp_path / "searchsvc.db").write_bytes(migrated_file.read_bytes())
    with serving("", tmp_path, **settings) as client:
        answer = client.post("/v1/searches", json={**TINY, "webhook": address})
        assert answer.status_code == 422 and said in answer.json()["detail"]
        assert client.get("/v1/searches").json()["searches"] == []


def test_a_host_that_the_operator_lists_may_be_anywhere(migrated_file: Path, tmp_path: Path) -> None:
    (tmp_path / "searchsvc.db").write_bytes(migrated_file.read_bytes())
    with serving("", tmp_path, webhook_secret=SECRET, webhook_hosts="localhost, 10.0.0.1") as client:
        for address in ("http://localhost:9/x", "http://10.0.0.1/x"):
            assert client.post("/v1/searches", json={**TINY, "webhook": address}).status_code == 201
