"""Pages of searches in every state, of none, and without a database."""

from urllib.parse import urlencode
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api import schemas
from api.pages import PAGES
from searchsvc import kinds
from searchsvc.store.control import searches
from searchsvc.store.db import Database
from searchsvc.store.tables import Trial
from searchsvc.store.views import counts, pace
from tests.api.test_pages import Page, page
from tests.bench.filled import fill
from tests.e2e.service import free_port
from tests.specs import TINY
from workers.runner.presence import Presence


def test_a_failed_search_leads_to_its_first_failed_trial(client: TestClient, database: Database) -> None:
    with database.write() as session:
        search = searches.submit(session, kinds.read(TINY))
        fill(session, search.id, 4)
        for trial in session.scalars(select(Trial).where(Trial.number.in_((1, 3)))):
            trial.state = "failed"
        search.state, made = "failed", str(search.id)
    shown = page(client, f"/searches/{made}")
    assert shown.all("a", id="failed-trial", href=f"/searches/{made}/trials/1")
    assert shown.all("progress", **{"class": "failed"})


def test_the_header_says_when_leaders_are_confirmed(client: TestClient, database: Database) -> None:
    with database.write() as session:
        search = searches.submit(session, kinds.read(TINY))
        fill(session, search.id, 4)
        search.state, made = "running", str(search.id)
    said = "confirming its leaders on fresh seeds"
    assert said not in page(client, f"/searches/{made}").one("p", id="status")
    with database.write() as session:
        trial = session.scalars(select(Trial).where(Trial.number == 1)).one()
        trial.state, trial.phase = "pending", "confirm"
    assert said in page(client, f"/searches/{made}").one("p", id="status")


def test_a_head_answers_as_a_get_and_unknown_pages_are_pages(client: TestClient) -> None:
    for path in ("/", "/tasks", "/submit"):
        assert client.head(path).status_code == 200
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    shown = client.get("/nothing%3Cb%3E", headers=browser)
    assert shown.status_code == 404 and "/nothing&lt;b&gt;: there is no such page" in shown.text
    for path, headers in (("/nothing", {}), ("/v1/nothing", browser)):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 404 and answer.json()["detail"].startswith(f"GET {path}: Not Found")


def test_what_a_column_cannot_hold_is_refused(client: TestClient) -> None:
    assert "text: got '\\x00', with a NUL" in page(client, "/?text=%00", 422).one("p", id="detail")


def test_names_are_found_in_any_case_of_any_script(client: TestClient) -> None:
    names = ("ÉTUDE de Straße", "e\u0301tude", "Ωmega ПОИСК", "étu_de")
    for name in names:
        assert client.post("/v1/searches", json={**TINY, "name": name}).status_code == 201

    def found(text: str) -> list[str]:
        shown = page(client, f"/?{urlencode({'text': text})}")
        return [text for attrs, text in shown.all("th") if attrs.get("class") == "name"]

    assert found("étude") == [names[1], names[0]] and found("STRASSE") == found("straße") == [names[0]]
    assert found("ω") == found("поиск") == [names[2]] and found("u_d") == [names[3]] and found("etude") == []


def test_an_empty_service_says_how_to_begin(client: TestClient) -> None:
    shown = page(client, "/")
    assert "searchsvc submit" in shown.one("code") and shown.all("a", href="/submit")


def test_an_unknown_search_is_a_page_and_the_api_stays_json(client: TestClient) -> None:
    for path in (f"/searches/{uuid4()}", "/searches/nonsense", f"/searches/{uuid4()}/trials/1"):
        shown = page(client, path, 404)
        assert "does not exist" in shown.one("p", id="detail") and "See all searches" in shown.one("main")
    answer = client.get(f"/v1/searches/{uuid4()}", headers={"Accept": "text/html"})
    assert answer.headers["content-type"] == "application/problem+json"


def test_without_a_database_a_page_says_so_and_tries_again(client: TestClient) -> None:
    good = client.app.state.database  # type: ignore[attr-defined]
    client.app.state.database = Database(f"postgresql://nobody@127.0.0.1:{free_port()}/none")  # type: ignore[attr-defined]
    try:
        shown = page(client, "/", 503)
    finally:
        client.app.state.database.close()  # type: ignore[attr-defined]
        client.app.state.database = good  # type: ignore[attr-defined]
    assert "cannot be used now" in shown.one("main") and [a for _, a, _ in shown.elements if "data-retry" in a]


def test_buttons_are_those_that_the_state_allows(client: TestClient, database: Database) -> None:
    made = client.post("/v1/searches", json=TINY).json()["id"]

    def buttons() -> dict[str, str | None]:
        found = page(client, f"/searches/{made}").all("button")
        return {text: attrs.get("data-confirm") for attrs, text in found if "data-method" in attrs}

    assert set(buttons()) == {"Pause", "Cancel", "Delete"}
    assert buttons()["Cancel"] and buttons()["Delete"] and not buttons()["Pause"]
    client.post(f"/v1/searches/{made}/pause")
    assert set(buttons()) == {"Resume", "Cancel", "Delete"}
    client.post(f"/v1/searches/{made}/cancel")
    assert set(buttons()) == {"Delete"}


def test_the_time_left_is_the_pace_of_the_last_trials(database: Database) -> None:
    with database.write() as session:
        search = searches.submit(session, kinds.read(TINY))
        fill(session, search.id, 12)
        search.total_trials, search.state = 22, "succeeded"
        assert pace.seconds_left(session, search, 0.0) is None  # it has ended
        search.state = "running"
        trials = session.scalars(select(Trial).order_by(Trial.tell_no)).all()
        for number, trial in enumerate(trials):  # two at once, each of 4 s
            trial.started, trial.finished = 100.0 + 4 * (number // 2), 104.0 + 4 * (number // 2)
        session.flush()
        assert pace.seconds_left(session, search, 13.0) == pytest.approx(9 * 2, rel=0.15)
        for trial in trials[-2:]:
            trial.finished = (trial.finished or 0) + 86400  # after a pause of a day
        session.flush()
        assert 9 * 2 < (pace.seconds_left(session, search, 13.0) or 0) < 9 * 2 * 4
        for trial in trials[3:]:
            trial.state = "cancelled"
        session.flush()
        assert pace.seconds_left(session, search, 4.0) is None  # too early to say


def test_trials_that_the_scheduler_ended_early_are_done_with(database: Database) -> None:
    with database.write() as session:
        search = searches.submit(session, kinds.read({**TINY, "scheduler": {"name": "asha"}}))
        fill(session, search.id, 12)
        search.total_trials, search.state = 12, "running"
        trials = session.scalars(select(Trial).order_by(Trial.number)).all()
        for number, trial in enumerate(trials):
            trial.started, trial.finished = 4.0 * number, 4.0 * (number + 1)
        for trial in trials[6:]:
            trial.state = "pruned"
        search.tell_count = 6
        session.flush()
        now = counts.progress(session, search)
        assert (now.pruned, now.running, now.ended) == (6, 0, 12)
        assert pace.seconds_left(session, search, now.ended) == 0
        assert schemas.Search.of(search, now, 0.0, None).progress.fraction == 1


def test_pages_are_no_part_of_the_api(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert all(path.startswith(("/v1/", "/healthz", "/readyz")) for path in paths) and len(PAGES) >= 7


def test_every_page_says_why_searches_wait(client: TestClient, database: Database) -> None:
    made = client.post("/v1/searches", json=TINY).json()["id"]
    named = {"search_id": made, "number": 0, "task": "digits"}
    addresses = {route.path.format(**named) for module in PAGES for route in module.router.routes}
    assert {"/", "/submit", "/tasks", f"/searches/{made}"} <= addresses

    def banners() -> set[str]:
        shown = {path: client.get(path, headers={"Accept": "text/html"}) for path in addresses}
        return {Page(answer.text).one("p", id="waiting") for answer in shown.values()}

    assert banners() == {"no runner is there; start one with: searchsvc up"}
    presence = Presence(database)
    presence.begin()
    presence.lose("<b>no room</b>")
    (said,) = banners()
    assert said.startswith("no runner lives; the last one") and said.endswith("ended: <b>no room</b>")
    presence.ready()
    assert banners() == {""}
    text = client.get("/").text
    assert 'id="waiting" class="waiting" role="status"  hidden' in text
    missing = client.get("/nowhere", headers={"Accept": "text/html"})
    assert "data-unknown" in missing.text and "data-unknown" not in text  # the browser asks for it
