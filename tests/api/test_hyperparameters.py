"""A search over hyperparameters through the service: what its leaderboard, pictures, files and audit say."""

import csv
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from searchsvc.service.audit import audit
from searchsvc.service.settings import Settings
from searchsvc.store.db import Database
from searchsvc.store.tables import Search
from tests.api.finished import get, run
from tests.specs import TINY_HYPERPARAMETERS as TINY


@pytest.fixture(scope="module")
def found(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Database, str]]:
    """A finished search, which tests leave as it is."""
    folder = tmp_path_factory.mktemp("hyperparameters")
    shutil.copy(migrated_file, folder / "searchsvc.db")
    database = Database(f"sqlite:///{folder}/searchsvc.db")
    with TestClient(create_app(Settings(data=folder))) as client:
        yield client, database, run(client, database, folder / "artifacts", {**TINY, "budget": {"trials": 6}})
    database.close()


def test_its_leaderboard_shows_values_energy_and_firing_rate(found: tuple[TestClient, Database, str]) -> None:
    client, _, made = found
    board = get(client, f"/v1/searches/{made}/leaderboard")
    rows: dict[str, Any] = {row["label"]: row for row in board["rows"]}
    assert len(rows) == 6 and board["compared_with"] == "as given"
    assert rows["as given"]["point"] == {
        "training.lr": 0.05,
        "training.batch_size": 64,
        "neurons.tau": 2.0,
        "dropout": 0.0,
    }
    energy = {label: row["metrics"]["energy"]["mean"] for label, row in rows.items()}
    assert all(0 < row["metrics"]["firing_rate"]["mean"] < 1 for row in rows.values())
    for label, row in rows.items():
        assert set(row["point"]) == set(TINY["space"])
        assert row["energy_overhead"] == pytest.approx(energy[label] / energy["as given"] - 1, abs=1e-12)
    page = get(client, f"/searches/{made}")
    shown = re.findall(r'<th scope="col" data-column="([^"]+)"', page)
    assert [f"value:{name}" for name in TINY["space"]] == [key for key in shown if key.startswith("value:")]
    assert shown[(place := shown.index("energy")) + 1] == "overhead" and "firing_rate" in shown[place:]
    assert "against as given" in page and 'data-c="value:training.lr">0.05<' in page


def test_its_pictures_are_those_of_networks_and_of_points(found: tuple[TestClient, Database, str]) -> None:
    client, database, made = found
    offered = {offer["kind"] for offer in get(client, f"/v1/searches/{made}/figures")["figures"]}
    assert {"parallel", "layer-costs", "pareto", "importance"} <= offered
    assert not {"alpha", "degrees", "distributions"} & offered
    with database.read() as session:
        insight = session.query(Search).one().insight
    assert {one["name"] for one in insight["importance"]} == set(TINY["space"])
    names = get(client, f"/v1/searches/{made}/figures/parallel")["layout"]["xaxis"]["ticktext"]
    assert {"training.lr", "neurons.tau", "dropout"} <= set(names)


def test_its_best_has_the_values_of_its_row_and_its_file_has_all(found: tuple[TestClient, Database, str]) -> None:
    client, _, made = found
    best = get(client, f"/v1/searches/{made}/best")
    point = best["manifest"]["point"]
    assert [neuron["tau"] for neuron in best["neurons"]] == [point["neurons.tau"]] * 2
    assert (best["training"]["lr"], best["network"]["dropout"]) == (point["training.lr"], point["dropout"])
    rows = list(csv.DictReader(io.StringIO(client.get(f"/v1/searches/{made}/leaderboard?format=csv").text)))
    assert len(rows) == 6 and all("neurons.tau" in row["point"] for row in rows)


def test_each_of_its_suggestions_can_be_made_again(found: tuple[TestClient, Database, str]) -> None:
    _, database, _ = found
    with database.read() as session:
        assert audit(session, session.query(Search).one().id) == (6, [])
