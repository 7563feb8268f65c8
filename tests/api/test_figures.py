"""Every picture of every kind of search, from real small searches, against rows read by other SQL."""

import json
import statistics
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import plotly.graph_objects as go
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.routes import compare, figures
from searchsvc.pictures import SUBJECTS, pictures
from searchsvc.store.archive import archive
from searchsvc.store.db import Database
from searchsvc.store.tables import Search
from spaces.distributions.nodes import SHARES
from tests.api import finished
from tests.api.finished import get
from tests.specs import TINY, TINY_HETEROGENEITY, TINY_SWEEP

EVERYWHERE = ["best-so-far", "pareto", "hypervolume", "parallel", "timeline"]
INSIGHT = {
    "outcomes": 4,
    "importance": [{"name": "reach", "mean": 0.4, "sd": 0.1}, {"name": "cell", "mean": 0.1, "sd": 0.02}],
    "directions": {
        "tau_excitatory": {
            "position": [-1.0, 0.0, 1.0],
            "mean": [3.0, 4.0, 3.5],
            "sd": [0.5, 0.1, 0.5],
            "quantiles": [[m + i / 10 for i in range(len(SHARES))] for m in (4, 6, 8)],
            "candidates": [{"label": "point 1", "position": 0.5, "score": 3.9}],
            "explained": 0.9,
        }
    },
}
KINDS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "neuron_placement": (TINY, [*EVERYWHERE, "alpha", "alpha-trajectories", "layer-costs"]),
    "polynomial_degree": (TINY_SWEEP, [*EVERYWHERE, "degrees", "polynomials", "layer-costs"]),
    "heterogeneity": (TINY_HETEROGENEITY, [*EVERYWHERE, "distributions", "surrogate", "importance"]),
}
NAMED = {kind for _, expected in KINDS.values() for kind in expected}


@pytest.fixture
def run(client: TestClient, database: Database, tmp_path: Path) -> Any:
    def to_the_end(spec: dict[str, Any]) -> str:
        search = finished.run(client, database, tmp_path / "artifacts", spec)
        with database.write() as session:
            session.get_one(Search, UUID(search)).insight = INSIGHT if spec["kind"] == "heterogeneity" else None
        return search

    return to_the_end


def test_the_routes_take_every_kind_that_there_is() -> None:
    kinds = figures.Kind, figures.TrialKind, compare.Kind
    assert [list(get_args(kind)) for kind in kinds] == [list(pictures(subject)) for subject in SUBJECTS]
    assert set(pictures("search")) >= NAMED


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_of_a_finished_search_has_data(
    client: TestClient, database: Database, run: Any, kind: str
) -> None:
    spec, expected = KINDS[kind]
    search = run(spec)
    path = f"/v1/searches/{search}/figures"
    offers = get(client, path)["figures"]
    assert sorted(offer["kind"] for offer in offers if offer["kind"] in NAMED) == sorted(expected)
    for offer in offers:
        for of in offer["of"] or [""]:
            drawn = get(client, f"{path}/{offer['kind']}", of=of)
            assert go.Figure(drawn).data and drawn["layout"]["title"]["text"], offer
            dark = get(client, f"{path}/{offer['kind']}", of=of, theme="dark")
            assert dark["layout"]["template"] != drawn["layout"]["template"]
            if offer["kind"] != "timeline":
                assert dark["data"] == drawn["data"]
    refused = client.get(f"{path}/pareto", params={"of": "accuracy/test"})
    assert refused.status_code == 404 and "got 'accuracy/test'; pareto of this search are " in refused.json()["detail"]
    trials_agree(client, database, search, energy=kind != "heterogeneity")


def trials_agree(client: TestClient, database: Database, search: str, energy: bool) -> None:
    """Layers and curves of the last trial; the layers' energy is the trial's."""
    trial = get(client, f"/v1/searches/{search}/trials")["trials"][-1]
    path = f"/v1/trials/{trial['id']}"
    layers = get(client, f"{path}/layers")["layers"]
    if energy:
        assert sum(layer["energy"] for layer in layers) == pytest.approx(trial["costs"]["energy"])
        drawn = get(client, f"{path}/figures/layers")["data"]
        assert drawn[0]["x"] == pytest.approx([1e9 * layer["energy"] for layer in layers])
        assert drawn[1]["x"] == [layer["firing_rate"] for layer in layers]
    with database.read() as session:
        rows = session.execute(text("SELECT step, metrics, trial_id FROM report ORDER BY step")).all()
    own = [row.metrics for row in rows if UUID(str(row.trial_id)) == UUID(trial["id"])]
    metrics = [json.loads(m) if isinstance(m, str) else m for m in own]
    offers = {offer["kind"]: offer["of"] for offer in get(client, f"{path}/figures")["figures"]}
    if len(metrics) == 1:  # a readout that is fitted at once
        assert not {"curves", "layers"} & offers.keys() and client.get(f"{path}/figures/curves").status_code == 404
        return
    assert offers["layers"] == [] and set(offers["curves"]) == set(metrics[0])
    for name in offers["curves"]:
        (line,) = get(client, f"{path}/figures/curves", of=name)["data"]
        factor = 1e9 if name == "energy" else 1
        assert line["y"] == pytest.approx([factor * m[name] for m in metrics])
        assert line["x"] == list(range(1, len(metrics) + 1))


def test_a_sweep_is_drawn_by_degree_with_its_own_means(client: TestClient, run: Any) -> None:
    search = run(TINY_SWEEP)
    trials = get(client, f"/v1/searches/{search}/trials")["trials"]
    scores: dict[str, list[float]] = {}
    for trial in trials:
        scores.setdefault(trial["label"], []).append(trial["validation_accuracy"])
    lnm, lif = get(client, f"/v1/searches/{search}/figures/degrees")["data"]
    assert lnm["name"] == "clip1" and lnm["x"] == [1, 3]
    own = [scores[f"LNM degree {degree}, clip1"] for degree in (1, 3)]
    assert lnm["y"] == pytest.approx([statistics.mean(v) for v in own])
    rows = get(client, f"/v1/searches/{search}/leaderboard")["rows"]
    half = {
        row["label"]: row["metrics"]["accuracy/validation"]["ci95"] for row in rows
    }  # by a pooled variance, perhaps
    assert lnm["error_y"]["array"] == pytest.approx([half[f"LNM degree {degree}, clip1"] for degree in (1, 3)])
    assert lif["y"] == pytest.approx([statistics.mean(scores["LIF"])] * 2)


def test_trials_lie_on_their_workers(client: TestClient, database: Database, run: Any) -> None:
    search = run(TINY_SWEEP)
    with database.write() as session:
        session.execute(text("UPDATE trial SET worker = NULL"))
        session.execute(text("UPDATE trial SET worker = 'node/7' WHERE number < 2"))
        session.execute(text("UPDATE trial SET state = 'running', finished = NULL WHERE number = 1"))
    drawn = {bars["name"]: bars for bars in get(client, f"/v1/searches/{search}/figures/timeline")["data"]}
    assert sorted(drawn["retrain"]["y"]) == ["node/7", *["not known"] * 4]
    assert drawn["running"]["y"] == ["node/7"]
    assert drawn["running"]["base"][0] + drawn["running"]["x"][0] >= max(
        base + x for base, x in zip(drawn["retrain"]["base"], drawn["retrain"]["x"], strict=True)
    )


def test_before_a_trial_has_finished_titles_say_what_is_missing(client: TestClient) -> None:
    for spec, _ in KINDS.values():
        made = client.post("/v1/searches", json=spec).json()["id"]
        offers = get(client, f"/v1/searches/{made}/figures")["figures"]
        assert len(offers) >= 5
        for offer in offers:
            drawn = get(client, f"/v1/searches/{made}/figures/{offer['kind']}")
            assert drawn["data"] == [] and drawn["layout"]["title"]["text"].endswith(" yet")


def test_pictures_that_a_search_does_not_have_are_refused(client: TestClient) -> None:
    made = client.post("/v1/searches", json=TINY).json()["id"]
    refused = client.get(f"/v1/searches/{made}/figures/degrees")
    assert refused.status_code == 404
    assert refused.json()["detail"].startswith("figure: got 'degrees', which this search does not have; it has best-so")
    unknown = client.get(f"/v1/searches/{made}/figures/x")
    assert unknown.status_code == 422
    assert all(f"'{kind}'" in unknown.json()["detail"] for kind in pictures("search"))
    assert client.get(f"/v1/searches/{made}/figures/alpha", params={"theme": "red"}).status_code == 422


def test_confirming_trials_are_marked_and_do_not_count(client: TestClient, database: Database, run: Any) -> None:
    search = run(TINY_SWEEP)
    path = f"/v1/searches/{search}/figures/best-so-far"
    before = get(client, path)["data"]
    with database.write() as session:
        session.execute(text("UPDATE trial SET phase = 'confirm', score = 1 WHERE number = 5"))
    points, best, _, _, fresh = get(client, path)["data"]
    assert len(before) == 4 and len(before[0]["y"]) == 6 and len(points["y"]) == 5
    assert fresh["y"] == [1] and max(best["y"]) < 1


def test_an_archived_searchs_trial_keeps_its_other_pictures(
    client: TestClient, database: Database, run: Any, tmp_path: Path
) -> None:
    search = run(TINY)
    archive(database, str(tmp_path / "artifacts"), UUID(search))
    trial = get(client, f"/v1/searches/{search}/trials")["trials"][-1]
    path = f"/v1/trials/{trial['id']}/figures"
    assert [offer["kind"] for offer in get(client, path)["figures"]] == ["layers"]
    assert client.get(f"{path}/curves").status_code == 410
