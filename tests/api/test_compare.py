"""Candidates side by side, as JSON, figures and page, on both databases."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from searchsvc.metrics.words import titled
from searchsvc.store.db import Database
from tests.api import finished
from tests.specs import TINY, TINY_HETEROGENEITY

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def search(client: TestClient, database: Database, tmp_path: Path) -> str:
    return finished.run(client, database, tmp_path, {**TINY, "name": HOSTILE})


def query(*candidates: str) -> str:
    return "&".join(f"candidate={candidate}" for candidate in candidates)


def test_two_candidates_of_a_search(client: TestClient, search: str) -> None:
    rows = {row["label"]: row for row in finished.get(client, f"/v1/searches/{search}/leaderboard")["rows"]}
    lif, slif = (rows[label] for label in ("all LIF", "all SLIF"))
    asked = query(*(f"{search}:{row['candidate']}" for row in (lif, slif)))
    found = finished.get(client, f"/v1/compare?{asked}")
    names = [titled(row["label"], row["aliases"]) for row in (lif, slif)]
    assert [one["name"] for one in found["candidates"]] == [f"A: {names[0]}", f"B: {names[1]}"]
    differing = {leaf["path"]: leaf["values"] for leaf in found["configuration"] if leaf["differs"]}
    assert differing["neurons.0.name"] == ["lif", "slif"] and differing["neurons.0.beta"] == ["absent", 0.1]
    assert not any(path.startswith("network") for path in differing)
    metrics = {metric["name"]: metric for metric in found["metrics"]}
    score = metrics["accuracy/validation"]
    assert score["estimates"] == [row["metrics"]["accuracy/validation"] for row in (lif, slif)]
    gap = slif["metrics"]["accuracy/validation"]["mean"] - lif["metrics"]["accuracy/validation"]["mean"]
    assert score["differences"][0] is None and score["differences"][1]["value"] == pytest.approx(gap)
    assert {figure["kind"] for figure in found["figures"]} >= {"curves", "layers"}
    assert [len(layers) for layers in found["layers"].values()] == [len(found["layers"][f"A: {names[0]}"])] * 2
    energies = [sum(layer["energy"] for layer in layers) for layers in found["layers"].values()]
    assert energies[0] == pytest.approx(lif["metrics"]["energy"]["mean"], rel=0.5)
    page = finished.get(client, f"/compare?{asked}")
    assert HOSTILE not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "neurons.0.name" in page and "network.channels" not in page
    assert "network.channels" in finished.get(client, f"/compare?{asked}&whole=true")


def test_figures_of_candidates(client: TestClient, search: str) -> None:
    asked = query(f"{search}:2", f"{search}:3")
    curves = finished.get(client, f"/v1/compare/figures/curves?{asked}")
    names = [one["name"] for one in finished.get(client, f"/v1/compare?{asked}")["candidates"]]
    assert [trace["name"] for trace in curves["data"]] == [names[0]] * 2 + [names[1]] * 2  # two seeds each
    trial = next(t for t in finished.get(client, f"/v1/searches/{search}/trials")["trials"] if t["candidate"] == 2)
    reports = finished.get(client, f"/v1/trials/{trial['id']}/reports")["reports"]
    assert curves["data"][0]["y"] == [report["metrics"]["validation_accuracy"] for report in reports]
    layers = finished.get(client, f"/v1/compare/figures/layers?{asked}")
    assert {trace["name"] for trace in layers["data"]} == set(names)
    light, dark = (
        finished.get(client, f"/v1/compare/figures/curves?{asked}&theme={theme}") for theme in ("light", "dark")
    )
    assert light["data"] == dark["data"] and light["layout"] != dark["layout"]


def test_candidates_of_different_searches(client: TestClient, database: Database, tmp_path: Path, search: str) -> None:
    other = finished.run(client, database, tmp_path, {**TINY_HETEROGENEITY, "name": "other"})
    asked = query(f"{other}:2", f"{search}:2", f"{other}:3")
    found = finished.get(client, f"/v1/compare?{asked}")
    assert [one["search_name"] for one in found["candidates"]] == ["other", HOSTILE, "other"]
    metrics = {metric["name"]: metric for metric in found["metrics"]}
    assert [e is None for e in metrics["accuracy/validation"]["estimates"]] == [True, False, True]
    assert metrics["accuracy/validation"]["differences"] == [None] * 3
    offered = {"kind": "distributions", "title": "Distributions", "of": ["tau_excitatory"]}
    assert offered in found["figures"]
    drawn = finished.get(client, f"/v1/compare/figures/distributions?{asked}&of=tau_excitatory")
    assert len(drawn["data"]) >= 2
    assert "tau excitatory" in finished.get(client, f"/compare?{asked}")
    wrong = client.get(f"/v1/compare/figures/distributions?{asked}&of=reach")
    assert wrong.status_code == 404
    assert wrong.json()["detail"] == "of: got 'reach'; distributions of these candidates are tau_excitatory"


def test_what_cannot_be_compared_is_refused_by_both_alike(client: TestClient, search: str) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"
    wrong = {
        "": (422, "candidate: got 0 of them; give 2 to 6, each as candidate=<search>:<number or name>"),
        query(f"{search}:1"): (422, "candidate: got 1 of them; give 2 to 6"),
        query(*(f"{search}:{i}" for i in range(1, 8))): (422, "candidate: got 7 of them; give 2 to 6"),
        query(f"{search}:1", f"{search}:1"): (422, f"candidate: got {search}:1 twice; give each once"),
        query(f"{search}:1", f"{search}:99"): (404, "candidate: got '99'; give the label or number of one"),
        query(f"{search}:1", f"{unknown}:1"): (404, f"search: got id {unknown}, which does not exist"),
        query(f"{search}:1", "nonsense"): (422, "candidate: got 'nonsense'; give <search>:<number or name>"),
        query(f"{search}:1", f"{search}:-1"): (404, "candidate: got '-1'; give the label or number of one"),
        query(f"{search}:1", f"{search}:9{'9' * 30}"): (404, "give the label or number of one"),
        query(f"{search}:1", "%3Cb%3E:1"): (404, "search: got id '<b>', which does not exist"),
    }
    for asked, (status, said) in wrong.items():
        answer, page = client.get(f"/v1/compare?{asked}"), client.get(f"/compare?{asked}")
        assert (answer.status_code, page.status_code) == (status, status)
        assert said in answer.json()["detail"]
        escaped = said.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;")
        assert escaped in page.text and "<b>" not in page.text


def test_archived_reports_are_told(client: TestClient, database: Database, tmp_path: Path, search: str) -> None:
    from uuid import UUID

    from searchsvc.store.archive import archive

    archive(database, str(tmp_path), UUID(search))
    gone = client.get(f"/v1/compare/figures/curves?{query(f'{search}:2', f'{search}:3')}")
    assert gone.status_code == 410 and "archived" in gone.json()["detail"]


def test_a_metric_that_is_not_reported_is_told(client: TestClient, search: str) -> None:
    answer = client.get(f"/v1/compare/figures/curves?{query(f'{search}:2', f'{search}:3')}&of=nonsense")
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("of: got 'nonsense'; what all of these candidates report is ")
