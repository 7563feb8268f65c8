"""Tasks across searches, as JSON and as pages, on both databases."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from searchsvc.store.db import Database
from tests.api import finished
from tests.specs import TINY

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def search(client: TestClient, database: Database, tmp_path: Path) -> str:
    return finished.run(client, database, tmp_path, {**TINY, "name": HOSTILE})


def test_a_task_shows_the_first_of_its_searches_and_the_literature_apart(client: TestClient, search: str) -> None:
    board = finished.get(client, "/v1/leaderboard?task=digits")
    own = finished.get(client, f"/v1/searches/{search}/leaderboard")["rows"]
    assert [row["rank"] for row in board["rows"]] == [1, 2, 3]
    means = [row["metrics"]["accuracy/validation"] for row in board["rows"]]
    different = list(
        {(str(row["placement"]), row["metrics"]["accuracy/validation"]["mean"]): row for row in own}.values()
    )
    assert means == [row["metrics"]["accuracy/validation"] for row in different[:3]]
    assert not any(row["confirmed"] for row in board["rows"]) and board["differs"] == []
    assert board["rows"][0]["search_name"] == HOSTILE and board["rows"][0]["task"] == {
        "name": "digits",
        "split_seed": 0,
    }
    assert (board["metric"], board["searches"], board["published"]) == ("accuracy/validation", 1, [])
    page = finished.get(client, "/tasks/digits")
    assert HOSTILE not in page and "&lt;img src=x onerror=alert(1)&gt;" in page
    assert f'href="/searches/{search}"' in page and "not run here" not in page


def test_published_rows_are_labelled_and_not_among_ours(client: TestClient) -> None:
    board = finished.get(client, "/v1/leaderboard?task=cifar10")
    assert board["rows"] == [] and board["metric"] is None
    assert {"resnet18", "resnet19"} <= {row["network"] for row in board["published"]}
    first = board["published"][0]
    assert (first["source"]["name"], first["value"], first["unit"]) == ("ST-DANO", 95.92, "%")
    page = finished.get(client, "/tasks/cifar10")
    ours, literature = page.split("Published, not run here", 1)
    assert "95.92" in literature and "95.92" not in ours


def test_tasks_lists_those_of_searches_catalog_and_literature(client: TestClient, search: str) -> None:
    tasks = {task["name"]: task for task in finished.get(client, "/v1/tasks")["tasks"]}
    assert tasks["digits"]["searches"] == 1 and tasks["digits"]["best"]["search_id"] == search
    assert tasks["cifar10"]["published"] == 35 and tasks["cifar10"]["best"] is None
    assert not tasks["dvs_gesture"]["in_catalog"] and tasks["event_digits"]["in_catalog"]
    page = finished.get(client, "/tasks")
    assert HOSTILE not in page and 'href="/tasks/dvs_gesture"' in page


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("leaderboard?task=nothing", 404, "task: got &#39;nothing&#39;; known are "),
        ("leaderboard?task=%3Cb%3E", 404, "task: got &#39;&lt;b&gt;&#39;; known are "),
        ("leaderboard?task=digits&metric=accuracy/test", 422, "the test part never selects"),
    ],
)
def test_a_wrong_question_is_told_by_both_alike(client: TestClient, path: str, status: int, said: str) -> None:
    answer = client.get(f"/v1/{path}")
    task, _, metric = path.removeprefix("leaderboard?task=").partition("&")
    page = client.get(f"/tasks/{task}?{metric}")
    assert answer.status_code == page.status_code == status
    assert said in page.text
    plain = said.replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">")
    assert plain in answer.json()["detail"]
