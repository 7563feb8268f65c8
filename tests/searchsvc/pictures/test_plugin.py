"""Pictures of a plugin, in an interpreter of its own: drawn by the service, and left out where they cannot be."""

from pathlib import Path
from typing import Any

import pytest

from tests import plugin
from tests.plugged import install, said
from tests.specs import TINY

PICTURE = """
import plotly.graph_objects as go
from searchsvc.pictures import Search, View, empty, new

class OfSearch(View[Search]):
    title = "Trials that there are"
    def choices(self, search): return ["begun", "ended"]
    def read(self, search, of): return of, search.trial_count
def figure(values):
    of, count = values
    if not count:
        return empty("Trials: none yet")
    return new(f"{of}: {count}").add_bar(x=[of], y=[count]).update_yaxes(title_text="trials")
"""
SERVICE = """
import json
from fastapi.testclient import TestClient
from api.app import create_app
from searchsvc.store import migrate
from searchsvc.service.settings import Settings
from spaces import plugins
chosen = Settings(data={data!r})
migrate.upgrade(chosen.database)
with TestClient(create_app(chosen), base_url="http://127.0.0.1:8000") as client:
    path = "/v1/searches/" + client.post("/v1/searches", json={spec!r}).json()["id"]
    page = client.get(path.removeprefix("/v1") + "/pictures")
    listed = client.get(path + "/figures").json()["figures"]
    drawn = [client.get(path + "/figures/" + kind) for kind in ("how-many", "how-many?of=ended", "timeline")]
    catalog = client.get("/v1/catalog").json()
print(json.dumps({{
    "page": page.text, "listed": listed, "drawn": [[answer.status_code, answer.json()] for answer in drawn],
    "titles": catalog["pictures"]["search"], "left_out": catalog["plugins"]["lab"]["left_out"],
}}))
"""


CHECK = """
import pytest
from searchsvc.testing.pictures import *

@pytest.fixture
def name():
    return "how_many"
"""
KINDS = """
import json
from searchsvc.pictures import pictures
from spaces import plugins
titles = {kind: picture.view.title for kind, picture in pictures("search").items()}
print(json.dumps([titles, [why for _, why in plugins.failures()]]))
"""


def kinds(site: Path, code: str) -> tuple[dict[str, str], list[str]]:
    """The titles of the pictures that there are with such a file, and why it is left out."""
    install(site, {"pictures/how_many.py": code})
    titles, left_out = said(site, KINDS)
    return titles, left_out


def served(site: Path, code: str) -> Any:
    """What a service with such a file answers of a new search."""
    install(site, {"pictures/how_many.py": code})
    return said(site, SERVICE.format(data=str(site / "data"), spec=TINY))


def test_it_is_listed_and_drawn(tmp_path: Path) -> None:
    found = served(tmp_path, PICTURE)
    assert "/figures" in found["page"] and found["titles"]["how-many"] == "Trials that there are"
    assert found["listed"][-1] == {"kind": "how-many", "title": "Trials that there are", "of": ["begun", "ended"]}
    for status, figure in found["drawn"][:2]:
        assert status == 200 and figure["layout"]["title"]["text"] == "Trials: none yet"
    assert found["left_out"] == []


def test_it_keeps_the_contract_of_pictures(tmp_path: Path) -> None:
    install(tmp_path, {"pictures/how_many.py": PICTURE})
    (tmp_path / "check_how_many.py").write_text(CHECK)
    options = "-q", "-p", "no:cacheprovider", "--noconftest", "-n0"
    ran = plugin.run(tmp_path, "lab", "-m", "pytest", *options, str(tmp_path / "check_how_many.py"))
    assert "passed" in ran and "failed" not in ran


def test_one_that_fails_is_told_and_spares_the_others(tmp_path: Path) -> None:
    found = served(tmp_path, PICTURE.replace("return of, search.trial_count", "1 / 0"))
    (status, problem), _, (other, _) = found["drawn"]
    assert (status, other) == (422, 200)
    assert "plugin lab_members.pictures: ZeroDivisionError: division by zero; mend" in problem["detail"]


def test_one_that_cannot_say_whether_it_applies_is_not_offered(tmp_path: Path) -> None:
    unsure = served(tmp_path, PICTURE.replace('return ["begun", "ended"]', "1 / 0"))
    assert "how-many" not in {offer["kind"] for offer in unsure["listed"]} and len(unsure["listed"]) >= 5


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("x = 1", "how_many.py lacks a function figure"),
        ("def figure(values): ...", "how_many.py lacks a class OfSearch, OfTrial, OfCandidates, with a title and a"),
        (PICTURE.replace("def read", "def reads"), "how_many.py lacks a class OfSearch, OfTrial, OfCandidates, with a"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_one_that_is_none_is_left_out(tmp_path: Path, code: str, why: str) -> None:
    titles, (left_out,) = kinds(tmp_path, code)
    assert "how-many" not in titles and "pareto" in titles
    assert left_out.startswith(f"plugin lab_members.pictures: {why}")


def test_none_takes_the_kind_of_another(tmp_path: Path) -> None:
    titles, _ = kinds(tmp_path, PICTURE.replace("    title =", '    kind = "pareto"\n    title ='))
    assert titles["pareto"] == "Pareto front"
