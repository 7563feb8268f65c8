"""Lists of searches: short, however long the specifications are, and of what was stored at any time."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from searchsvc.store.control import searches
from searchsvc.store.db import Database
from searchsvc.store.tables import Search
from tests.api import finished
from tests.api.finished import get
from tests.specs import TINY, TINY_HETEROGENEITY

PLACED = {
    **TINY,
    "constraints": [{"metric": "energy", "at_most": 1.0}],
    "scheduler": {"name": "asha"},
    "training": {"epochs": 4, "batch_size": 64},
}


@pytest.mark.parametrize("spec", [TINY, PLACED, TINY_HETEROGENEITY], ids=["plain", "constraints", "space"])
def test_a_list_says_of_a_search_what_its_address_says_but_for_the_specification(
    client: TestClient, spec: dict[str, Any]
) -> None:
    made = client.post("/v1/searches", json=spec)
    assert made.status_code == 201, made.text
    (listed,) = get(client, "/v1/searches")["searches"]
    whole = get(client, f"/v1/searches/{made.json()['id']}")
    assert listed == {
        **{name: value for name, value in whole.items() if name not in ("spec", "unreadable", "webhook")},
        "task": whole["spec"]["task"]["name"],
    }


def test_a_search_of_a_kind_without_a_task_is_listed_and_shown(client: TestClient, database: Database) -> None:
    with database.write() as session:
        session.add(made := Search(name="", kind="wide_or_deep", spec={"seeds": 1}, seed=0, total_trials=1))
    assert get(client, "/v1/searches")["searches"][0]["task"] == ""
    assert None not in [task["name"] for task in get(client, "/v1/tasks")["tasks"]]
    assert get(client, f"/v1/searches/{made.id}/leaderboard")["rows"] == []
    for path in ("/", f"/submit?like={made.id}", f"/searches/{made.id}", f"/searches/{made.id}/specification"):
        assert "wide or deep" in (page := get(client, path)) and "wide or deep on" not in page
    assert get(client, "/tasks")


def test_a_list_takes_from_the_database_what_it_shows(client: TestClient, database: Database) -> None:
    made = [UUID(client.post("/v1/searches", json=spec).json()["id"]) for spec in (TINY, PLACED)]
    with database.read() as session:
        for search, search_id in zip(searches.listing(session), made[::-1], strict=True):
            brief = search.spec
            session.expunge(search)
            whole = searches.get(session, search_id).spec
            assert brief == {name: whole[name] for name in searches.LISTED if whole.get(name) is not None}
            assert "network" in whole and "network" not in brief


def test_the_best_so_far_of_a_list_is_that_of_the_leaderboard(light: TestClient, tmp_path: Path) -> None:
    database = light.app.state.database  # type: ignore[attr-defined]
    made = finished.run(light, database, tmp_path / "artifacts", TINY)
    best = get(light, f"/v1/searches/{made}/leaderboard")["rows"][0]["metrics"]["accuracy/validation"]["mean"]
    assert f"{100 * best:.2f} %" in get(light, "/")


def test_half_a_character_that_was_stored_once_is_shown_as_a_question_mark(light: TestClient) -> None:
    """JSON in SQLite can hold `\\ud83d`, which no answer can be encoded with."""
    database = light.app.state.database  # type: ignore[attr-defined]
    made = light.post("/v1/searches", json=TINY).json()["id"]
    with database.write() as session:
        spec = json.loads(session.execute(text("SELECT spec FROM search")).scalar_one())
        spec["task"] = {"name": "half \ud83d of \N{GRINNING FACE}"}
        session.execute(text("UPDATE search SET spec = :spec"), {"spec": json.dumps(spec)})
        session.execute(text("UPDATE event SET body = :body"), {"body": json.dumps({"name": "\udc00"})})
    for path in ("/", "/v1/searches", f"/v1/searches/{made}", f"/searches/{made}/specification"):
        answer = light.get(path)
        assert answer.status_code == 200, path
        assert "half ? of \N{GRINNING FACE}" in answer.text, path
    for tab in ("", "/trials", "/activity", "/pictures"):
        assert light.get(f"/searches/{made}{tab}").status_code == 200, tab
