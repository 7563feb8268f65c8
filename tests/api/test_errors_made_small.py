"""Searches of a task whose error is to be small, through REST and pages: by ridge regression and by descent."""

import csv
import io
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from searchsvc.service.audit import audit
from searchsvc.store.check import check
from searchsvc.store.db import Database
from tests.api.finished import get, run

ERROR = "nrmse/validation"
RESERVOIRS: dict[str, Any] = {
    "kind": "heterogeneity",
    "task": "narma10",
    "network": {"name": "reservoir", "units": 20},
    "space": {"tau_excitatory": {"type": "distribution", "mean": [1, 20], "cv": [0.1, 1], "families": ["gamma"]}},
    "strategy": {"name": "wasserstein_bo", "initial": 2},
    "seeds": 1,
    "confirm": 1,
    "budget": {"trials": 5},
}
PLACEMENTS: dict[str, Any] = {
    "kind": "neuron_placement",
    "task": "narma10",
    "network": {"name": "recurrent", "units": [6, 6]},
    "neurons": ["lif", "alif"],
    "training": {"epochs": 3, "optimiser": "adamw", "lr": 0.02},
    "strategy": {"epochs": 1},
    "scheduler": {"name": "asha", "grace_period": 1, "reduction_factor": 2},
    "constraints": [{"metric": ERROR, "at_most": 100}],
    "tradeoffs": ["energy"],
    "seeds": 1,
    "confirm": 1,
    "budget": {"trials": 5},
}


@pytest.mark.parametrize("spec", [RESERVOIRS, PLACEMENTS], ids=["ridge", "gradient"])
def test_the_smallest_error_leads_everywhere(
    client: TestClient, database: Database, database_url: str, tmp_path: Path, training: None, spec: Any
) -> None:
    search = run(client, database, tmp_path / "artifacts", spec)
    found = get(client, f"/v1/searches/{search}")
    assert found["state"] == "succeeded", found
    assert found["spec"]["objective"] == {"metric": ERROR}
    rows = get(client, f"/v1/searches/{search}/leaderboard")["rows"]
    scored = [row for row in rows if not row["ended_early"]]
    assert rows[: len(scored)] == scored
    errors = [row["metrics"][ERROR]["mean"] for row in scored]
    assert len(errors) > 1 and errors == sorted(errors)
    assert get(client, f"/v1/searches/{search}/best")["manifest"]["label"] == rows[0]["label"]
    exported = csv.DictReader(io.StringIO(client.get(f"/v1/searches/{search}/leaderboard?format=csv").text))
    assert [row["label"] for row in exported] == [row["label"] for row in rows]
    with database.read() as session:
        assert audit(session, UUID(search))[1] == []
    assert check(database_url)[1] == []
    for page in ("", "/trials", "/pictures", "/specification", "/activity"):
        assert "narma10" in get(client, f"/searches/{search}{page}")
    for figure in get(client, f"/v1/searches/{search}/figures")["figures"]:
        get(client, f"/v1/searches/{search}/figures/{figure['kind']}")
    best = get(client, "/v1/leaderboard?task=narma10")["rows"]
    assert best[0]["metrics"][ERROR]["mean"] == errors[0]
