"""A degree sweep through REST, trained in processes; its leaderboard made again by SQL from the raw rows of trials."""

import csv
import io
import json
import math
import statistics
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from fastapi.testclient import TestClient
from scipy import stats
from sqlalchemy import text

from searchsvc.service.audit import audit
from searchsvc.store.check import check
from searchsvc.store.db import Database
from tests.api import finished
from tests.api.finished import get
from tests.specs import TINY_SWEEP


@pytest.fixture
def search(client: TestClient, database: Database, tmp_path: Path) -> str:
    """A finished sweep."""
    return finished.run(client, database, tmp_path / "artifacts", TINY_SWEEP)


RAW = """
SELECT candidate.label AS label, trial.metrics AS metrics, trial.number AS number
FROM trial JOIN candidate ON candidate.id = trial.candidate_id WHERE trial.state = 'done' ORDER BY trial.number
"""


def raw(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every finished trial, by its candidate."""
    with database.read() as session:
        rows = [dict(row) for row in session.execute(text(RAW)).mappings()]
    by_label: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        metrics = json.loads(row["metrics"]) if isinstance(row["metrics"], str) else row["metrics"]
        names = {"validation": "accuracy/validation", "test": "accuracy/test", "energy": "energy"}
        row |= {"metrics": metrics, **{short: metrics[name] for short, name in names.items()}}
        by_label.setdefault(row["label"], []).append(row)
    return by_label


def test_a_sweep_over_rest(client: TestClient, database: Database, database_url: str, search: str) -> None:
    trials = raw(database)
    labels = ["LIF", "LNM degree 1, clip1", "LNM degree 3, clip1"]
    assert list(trials) == labels
    assert [[row["number"] for row in rows] for rows in trials.values()] == [[0, 3], [1, 4], [2, 5]]
    board = get(client, f"/v1/searches/{search}/leaderboard")
    means = {label: statistics.mean(row["validation"] for row in rows) for label, rows in trials.items()}
    energy = {label: statistics.mean(row["energy"] for row in rows) for label, rows in trials.items()}
    ranked = sorted(labels, key=lambda label: (-means[label], labels.index(label)))
    assert [(row["rank"], row["label"]) for row in board["rows"]] == list(enumerate(ranked, 1))
    for row in board["rows"]:
        own = trials[row["label"]]
        for name, values in (
            ("accuracy/validation", [r["validation"] for r in own]),
            ("accuracy/test", [r["test"] for r in own]),
            ("energy", [r["energy"] for r in own]),
        ):
            estimate = row["metrics"][name]
            assert estimate["mean"] == pytest.approx(statistics.mean(values))
            assert estimate["std"] == pytest.approx(statistics.stdev(values), abs=1e-11)  # values count to 12 digits
        assert row["energy_overhead"] == pytest.approx(energy[row["label"]] / energy["LIF"] - 1, abs=1e-12)
        shorter = "compressed_accuracy/validation"
        if row["label"] == "LNM degree 3, clip1":
            assert row["metrics"][shorter]["mean"] == pytest.approx(statistics.mean(r["metrics"][shorter] for r in own))
            assert row["metrics"]["compressed_accuracy/test"]["n"] == 2
        else:
            assert shorter not in row["metrics"] and all(shorter not in r["metrics"] for r in own)
    verdict(board["conclusion"], trials, ranked[0], energy)
    polynomials(client, search, next(row for row in board["rows"] if row["label"] != "LIF"))
    with database.read() as session:
        assert audit(session, UUID(search)) == (6, [])
    assert check(database_url)[1] == []
    damage = "UPDATE candidate_metric SET mean = 0.123 WHERE metric = 'compressed_accuracy/test'"
    with database.write() as session:
        session.execute(text(damage))
    (problem,) = check(database_url)[1]
    assert "compressed_accuracy/test has n, mean, m2 [2, 0.123" in problem
    best = get(client, f"/v1/searches/{search}/best")
    assert best["manifest"]["label"] == ranked[0]
    table = client.get(f"/v1/searches/{search}/leaderboard?format=csv").text
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [float(row["energy_overhead"]) for row in rows] == [row["energy_overhead"] for row in board["rows"]]
    assert [bool(row["compressed_accuracy/test"]) for row in rows] == [name == labels[2] for name in ranked]


def verdict(found: dict[str, Any], trials: dict[str, Any], winner: str, energy: dict[str, float]) -> None:
    """The winner, and a test against each of the others by scipy: with one variance for all, if these may be pooled."""
    assert found["winner"] == winner and "searched" not in found
    assert found["energy_overhead"] == pytest.approx(energy[winner] / energy["LIF"] - 1, abs=1e-12)
    scores = {label: [row["validation"] for row in rows] for label, rows in trials.items()}
    assert {c["label"] for c in found["comparisons"]} == trials.keys() - {winner}
    pool = found["pool"]
    for c in found["comparisons"]:
        a, b = scores[winner], scores[c["label"]]
        welch = stats.ttest_ind(a, b, equal_var=False).pvalue
        expected = [welch]
        if pool:
            error = pool["deviation"] * (1 / len(a) + 1 / len(b)) ** 0.5
            expected.append(2 * stats.t.sf(abs(sum(a) / len(a) - sum(b) / len(b)) / error, pool["freedom"]))
        assert any(c["p"] == pytest.approx(p) for p in expected)
        assert c["p_adjusted"] is None or 0 <= c["p_adjusted"] <= 1
    assert found["sentence"].startswith(f"The winner is {winner} (") and "% against LIF" in found["sentence"]


def polynomials(client: TestClient, search: str, leading: dict[str, Any]) -> None:
    """What the trial's route says of the last step is what the picture draws."""
    trials = get(client, f"/v1/searches/{search}/trials")["trials"]
    trial = next(t for t in trials if t["label"] == leading["label"])
    shown = get(client, f"/v1/trials/{trial['id']}/architecture")
    assert shown["steps"] == {} and shown["candidates"] == []
    last = {(row["layer"], row["name"]): row["values"] for row in shown["learned"]["2"]}
    assert last.keys() == {(0, "theta"), (1, "theta")}
    figure = get(client, f"/v1/searches/{search}/figures/polynomials")
    *layers, lif = figure["data"]
    assert [trace["name"] for trace in layers] == ["layer 1", "layer 2"] and lif["line"]["dash"] == "dash"
    for trace, theta in zip(layers, last.values(), strict=True):
        assert trace["y"] == pytest.approx(np.polynomial.Polynomial([0.0, *theta])(np.array(trace["x"])).tolist())
        assert (trace["x"][0], trace["x"][-1]) == (-1, 1) and not math.isclose(theta[0], 0.25)
    assert lif["y"] == pytest.approx([0.25 * u for u in lif["x"]])


def test_the_polynomials_of_any_candidate_are_drawn(client: TestClient, search: str) -> None:
    path = f"/v1/searches/{search}/figures"
    offers = {offer["kind"]: offer["of"] for offer in get(client, path)["figures"]}
    labels = ["LNM degree 1, clip1", "LNM degree 3, clip1"]
    assert offers["polynomials"] == ["leading", *labels] and offers["layer-costs"] == ["leading", "LIF", *labels]
    drawn = [get(client, f"{path}/polynomials?of={label}") for label in labels]
    assert all(label in figure["layout"]["title"]["text"] for label, figure in zip(labels, drawn, strict=True))
    line, cubic = (np.polyfit(figure["data"][0]["x"], figure["data"][0]["y"], 3) for figure in drawn)
    assert abs(line[0]) < 1e-12 < abs(cubic[0])
    for label in labels:
        assert {trace["name"] for trace in get(client, f"{path}/layer-costs?of={label}")["data"]} == {label, "LIF"}
    assert client.get(f"{path}/polynomials?of=LIF").status_code == 404


def test_before_a_trial_has_finished_there_is_nothing_to_draw(client: TestClient) -> None:
    made = client.post("/v1/searches", json=TINY_SWEEP).json()["id"]
    assert get(client, f"/v1/searches/{made}/figures/polynomials")["data"] == []
    assert get(client, f"/v1/searches/{made}/leaderboard")["rows"] == []


def test_a_goal_that_nothing_reaches(client: TestClient, database: Database, tmp_path: Path) -> None:
    """Ranked by the least energy under a bound on the accuracy that no candidate keeps; ASHA decides by energy too."""
    goal = {
        "objective": {"metric": "energy"},
        "constraints": [{"metric": "accuracy/validation", "at_least": 0.999}],
        "scheduler": {"name": "asha", "grace_period": 1, "reduction_factor": 2},
        "degrees": [1],
        "seeds": 1,
    }
    made = finished.run(client, database, tmp_path / "artifacts", {**TINY_SWEEP, **goal, "max_concurrent": 1})
    board = get(client, f"/v1/searches/{made}/leaderboard")
    assert board["objective"] == "energy" and board["rows"]
    assert "each of the 2 candidates with all seeds violates a constraint" in board["conclusion"]["sentence"]
    assert all(row["violates"] == ["accuracy/validation >= 0.999"] for row in board["rows"])
    trials = get(client, f"/v1/searches/{made}/trials")["trials"]
    done = [trial for trial in trials if trial["state"] == "done"]
    assert done and all(trial["score"] == trial["costs"]["energy"] for trial in done)
    reports = get(client, f"/v1/trials/{trials[0]['id']}/reports")["reports"]
    assert all(report["metrics"]["energy"] > 0 for report in reports)
    refused = client.get(f"/v1/searches/{made}/best")
    assert refused.status_code == 409 and "violates a constraint" in refused.json()["detail"]


def test_a_test_metric_never_selects(client: TestClient) -> None:
    refused = client.post("/v1/searches", json={**TINY_SWEEP, "objective": {"metric": "accuracy/test"}})
    assert refused.status_code == 422
    assert refused.json()["errors"][0].startswith(
        "objective.metric: got 'accuracy/test'; the test part never selects; allowed are accuracy/validation, "
    )
