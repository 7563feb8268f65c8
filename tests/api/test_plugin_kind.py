"""A plugin's kind of search through the service, and what is left of its search where the plugin is left out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from searchsvc.service.settings import Settings
from searchsvc.store import migrate
from tests import plugin
from tests.api.finished import get

KIND = '''
"""How wide a network should be."""

from typing import ClassVar, Literal

from searchsvc.kinds import NetworkJob
from searchsvc.strategies.params import sweep
from searchsvc.strategy import Candidate


class Job(NetworkJob):
    compared_with: ClassVar[str] = "full width"
    kind: Literal["width_sweep"]
    widths: tuple[float, ...] = (0.5, 1.0)
    strategy: sweep.Params = sweep.Params()

    @property
    def candidate_count(self):
        return len(self.widths)

    @property
    def uses_up(self):
        return True

    def candidates(self):
        return [self._candidate(width) for width in self.widths]

    def coordinates(self, configuration):
        return {"width": configuration["network"]["width"]}

    def reference(self, configuration, baselines):
        return next(iter(baselines), None)

    def _candidate(self, width):
        network = self.network.model_copy(update={"width": width})
        neurons = ({"name": "lif"},) * network.spiking_layers
        origin = "baseline" if width == 1 else "sweep"
        return Candidate(self.configuration(network=network, neurons=neurons), origin, f"width {width:g}")
'''
SPEC = {
    "kind": "width_sweep",
    "task": "digits",
    "network": {"name": "vgg", "channels": [4, 4], "strides": [2, 2]},
    "time_steps": 2,
    "training": {"epochs": 1, "batch_size": 64},
    "seeds": 1,
    "confirm": 0,
    "budget": {"trials": 2},
}
CODE = """
import json, sys
from pathlib import Path

import torch
from fastapi.testclient import TestClient

from api.app import create_app
from searchsvc.service.settings import Settings
from searchsvc.store.db import Database
from spaces.networks import build
from tests.api.finished import get, run

torch.set_num_threads(1)
folder, spec = Path(sys.argv[1]), json.loads(sys.argv[2])
database = Database(f"sqlite:///{folder}/searchsvc.db")
with TestClient(create_app(Settings(data=folder))) as client:
    made = run(client, database, folder / "artifacts", spec)
    found = {
        "search": get(client, f"/v1/searches/{made}"),
        "board": get(client, f"/v1/searches/{made}/leaderboard"),
        "best": get(client, f"/v1/searches/{made}/best"),
        "page": get(client, f"/searches/{made}"),
        "parallel": get(client, f"/v1/searches/{made}/figures/parallel"),
    }
    found["readouts"] = list(build(found["best"])(torch.zeros(3, 1, 8, 8)).shape)
database.close()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of a service, and what it says of such a search while the plugin may run."""
    site, folder = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("service")
    plugin.install(site, "widths", {"kinds/width_sweep.py": KIND})
    migrate.upgrade(f"sqlite:///{folder}/searchsvc.db")
    return folder, json.loads(plugin.python(site, "widths", CODE, str(folder), json.dumps(SPEC)))


@pytest.fixture
def without(found: tuple[Path, dict[str, Any]]) -> Iterator[tuple[TestClient, str]]:
    """The same service without the plugin, and the search's id."""
    folder, said = found
    with TestClient(create_app(Settings(data=folder)), raise_server_exceptions=False) as client:
        yield client, said["search"]["id"]


def test_its_search_is_carried_out_shown_and_pulled(found: tuple[Path, dict[str, Any]]) -> None:
    _, said = found
    assert said["search"]["state"] == "succeeded" and said["search"]["unreadable"] is None
    rows = {row["label"]: row for row in said["board"]["rows"]}
    assert {label: row["point"] for label, row in rows.items()} == {
        "width 0.5": {"width": 0.5},
        "width 1": {"width": 1.0},
    }
    energy = {label: row["metrics"]["energy"]["mean"] for label, row in rows.items()}
    assert rows["width 0.5"]["energy_overhead"] == pytest.approx(energy["width 0.5"] / energy["width 1"] - 1)
    assert said["board"]["compared_with"] == "full width"
    assert "against full width" in said["page"] and "width 0.5" in said["page"]
    assert "width" in json.dumps(said["parallel"]["layout"])
    assert said["readouts"] == [2, 3, 10]


def test_without_the_plugin_its_search_says_so_and_stays_readable(
    found: tuple[Path, dict[str, Any]], without: tuple[TestClient, str]
) -> None:
    client, made = without
    search = get(client, f"/v1/searches/{made}")
    assert "kind: got 'width_sweep'; allowed are 'heterogeneity', " in search["unreadable"]
    assert {**search, "unreadable": None} == found[1]["search"]
    board = get(client, f"/v1/searches/{made}/leaderboard")
    before = found[1]["board"]
    lost = {"point": {}, "energy_overhead": None}
    assert board == {**before, "compared_with": "", "rows": [{**row, **lost} for row in before["rows"]]}
    assert get(client, f"/v1/searches/{made}/best")["network"] == found[1]["best"]["network"]
    assert get(client, "/v1/searches")["searches"][0]["kind"] == "width_sweep"
    assert len(get(client, f"/v1/searches/{made}/trials")["trials"]) == 2
    for what in ("leaderboard", "trials"):
        assert "width 0.5" in get(client, f"/v1/searches/{made}/{what}?format=csv")


def test_without_the_plugin_its_pages_and_pictures_are_there_and_it_can_be_deleted(
    without: tuple[TestClient, str],
) -> None:
    client, made = without
    for tab in ("", "/pictures", "/trials", "/specification", "/activity"):
        assert "got &#39;width_sweep&#39;" in get(client, f"/searches/{made}{tab}")
    for path in (f"/searches/{made}/trials/0", f"/submit?like={made}", "/", "/tasks/digits"):
        assert "width" in get(client, path)
    offered = get(client, f"/v1/searches/{made}/figures")["figures"]
    assert {"best-so-far", "parallel", "timeline"} <= {offer["kind"] for offer in offered}
    for offer in offered:
        get(client, f"/v1/searches/{made}/figures/{offer['kind']}")
    assert client.delete(f"/v1/searches/{made}").status_code == 204
    assert client.get(f"/v1/searches/{made}").status_code == 404
