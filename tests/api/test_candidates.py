"""One candidate: its configuration by label or number, its page, and whole searches side by side."""

from pathlib import Path
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, update

from searchsvc import kinds
from searchsvc.store.control import searches
from searchsvc.store.db import Database
from searchsvc.store.tables import CandidateMetric, Trial
from tests.api.finished import get, run
from tests.api.test_pages import Page, page
from tests.bench.filled import fill
from tests.specs import TINY, TINY_SWEEP

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def search(client: TestClient, database: Database, tmp_path: Path) -> str:
    return run(client, database, tmp_path / "artifacts", {**TINY, "name": HOSTILE})


def test_a_candidate_is_pulled_by_label_and_by_number(client: TestClient, search: str) -> None:
    for row in get(client, f"/v1/searches/{search}/leaderboard")["rows"]:
        by_label, by_number = (
            client.get(f"/v1/searches/{search}/best", params={"candidate": name}).json()
            for name in (row["label"], row["candidate"])
        )
        assert by_label == by_number and "rank" not in by_label["manifest"]
        assert by_label["manifest"]["label"] == row["label"] and by_label["manifest"]["metrics"] == row["metrics"]
        assert [neuron["name"] for neuron in by_label["neurons"]] == row["placement"]
        best = client.get(f"/v1/searches/{search}/best", params={"rank": row["rank"]}).json()
        assert {**best, "manifest": None} == {**by_label, "manifest": None}
        assert best["manifest"]["trial"] == by_label["manifest"]["trial"]
    answer = client.get(f"/v1/searches/{search}/best?candidate=nobody")
    assert answer.status_code == 404 and "candidate: got 'nobody'; give the label or number" in answer.json()["detail"]


def test_its_page_offers_what_there_is(client: TestClient, search: str) -> None:
    (row, *_) = get(client, f"/v1/searches/{search}/leaderboard")["rows"]
    (link,) = page(client, f"/searches/{search}").all("a", **{"aria-label": f"Use {row['label']}"})
    shown = page(client, str(link[0]["href"]))
    assert shown.one("h2", id="candidate-title").startswith(row["label"])
    files = [str(attrs["href"]) for attrs, _ in shown.all("a") if "download" in attrs]
    assert len(files) == 2 and all(client.get(file).status_code == 200 for file in files)
    assert client.get(files[0]).json() == client.get(f"/v1/searches/{search}/best?candidate={row['candidate']}").json()
    (again,) = [str(attrs["href"]) for attrs, text in shown.all("a") if text.endswith("with 4 seeds")]
    ((form, _),) = page(client, again).all("form", id="specification")
    assert form["data-like"] == search and form["data-seeds"] == "4"


def test_what_has_no_trial_that_ended_well_says_so(client: TestClient, database: Database) -> None:
    with database.write() as session:
        made = searches.submit(session, kinds.read(TINY))
        fill(session, made.id, 4)
        session.execute(update(Trial).values(state="running"))
        session.execute(delete(CandidateMetric))
        search = str(made.id)
    assert page(client, f"/searches/{search}/candidates/0").all("p", **{"class": "empty"})
    assert page(client, f"/searches/{search}/candidates/77", 404)
    answer = client.get(f"/v1/searches/{search}/best?candidate=0")
    assert answer.status_code == 409 and "of which no trial has ended well yet" in answer.json()["detail"]


def test_two_whole_searches_are_compared(client: TestClient, database: Database, tmp_path: Path, search: str) -> None:
    other = run(client, database, tmp_path, TINY_SWEEP)
    both = page(client, f"/compare/searches?search={search}&search={other}")
    assert [text for _, text in both.all("a") if text == HOSTILE]
    best = [get(client, f"/v1/searches/{one}/leaderboard")["rows"][0] for one in (search, other)]
    for one, row in zip((search, other), best, strict=True):
        assert both.all("a", href=f"/searches/{one}/candidates/{row['candidate']}")
    (full,) = [str(attrs["href"]) for attrs, text in both.all("a") if text == "side by side in full"]
    assert client.get(full).status_code == 200
    fields, every = (
        client.get(f"/compare/searches?search={search}&search={other}{more}").text for more in ("", "&whole=true")
    )
    assert "<code>degrees</code>" in fields and "<code>network.channels</code>" not in fields
    assert "<code>network.channels</code>" in every
    for same in (search[:-1], search.upper()):  # one search, said in two ways
        answer = client.get(f"/compare/searches?search={search}&search={same}")
        assert answer.status_code == 422 and "search: got 1 of them; give two that differ" in answer.text


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("", 422, "search: got 0 of them; give two that differ"),
        (f"search={UUID(int=0)}&search={UUID(int=0)}", 422, "search: got 1 of them; give two that differ"),
        (f"search={UUID(int=0)}&search=x", 404, "which does not exist"),
    ],
)
def test_other_numbers_of_searches_are_refused(light: TestClient, asked: str, status: int, said: str) -> None:
    assert said in Page(light.get(f"/compare/searches?{asked}").text).one("main")
    assert light.get(f"/compare/searches?{asked}").status_code == status
