"""A plugin's strategy is a file and its parameter model; from then on any search that has what it needs may name it."""

from pathlib import Path
from typing import Any

import pytest

from searchsvc import strategies
from tests import plugged
from tests.specs import TINY, TINY_HETEROGENEITY, TINY_SWEEP

PARAMS = """
from typing import ClassVar, Literal
from searchsvc.strategies.params import Needs, StrategyParams

class Params(StrategyParams):
    needs: ClassVar[Needs] = {needs!r}
    name: Literal[{name!r}] = {name!r}
    start: float = 0.25
"""
DIAGONAL = """
from searchsvc.strategies import PointStrategy, Proposal
from spaces.space.dimensions import decode, width

class Strategy(PointStrategy):
    def propose(self, index, outcomes, running):
        place = self.job.strategy.start + index / 10
        return Proposal(decode(self.job.space, [place] * width(self.job.space)))

    def origin(self, index):
        return "diagonal"
"""
BACKWARDS = """
from searchsvc.strategies import sweep

class Strategy(sweep.Strategy):
    def __init__(self, job):
        super().__init__(job)
        self._candidates = job.candidates()[::-1]
"""
UNIFORM = """
from searchsvc.strategy import Candidate, Suggestion, own, place

class Strategy:
    def __init__(self, job):
        self.job = job

    def suggest(self, asked, outcomes):
        labels = list(self.job.placements)
        index, repeat = place(len(own(asked)), len(labels), self.job.seeds)
        if repeat >= self.job.repeats:
            return None
        chosen = {neuron.name: neuron for neuron in self.job.neurons}
        neurons = tuple(chosen[name] for name in self.job.placements[labels[index]])
        candidate = Candidate(self.job.configuration(neurons=neurons), "placed", labels[index])
        return Suggestion(candidate, self.job.trial_seed(repeat))
"""
MEMBERS = {
    "diagonal": ("space", DIAGONAL, TINY_HETEROGENEITY),
    "backwards": ("candidates", BACKWARDS, TINY_SWEEP),
    "uniform": ("layers", UNIFORM, {**TINY, "budget": {"trials": 8}}),
}
LABELS = {
    "diagonal": ["as given", *(f"point {i}" for i in range(1, 5))],
    "backwards": ["LNM degree 3, clip1", "LNM degree 1, clip1", "LIF"],
    "uniform": ["all LIF", "all SLIF", "random 1", "random 2"],
}
KIND = {"layers": "neuron_placement", "candidates": "polynomial_degree", "space": "heterogeneity"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    files = {f"strategies/params/{name}.py": PARAMS.format(name=name, needs=MEMBERS[name][0]) for name in MEMBERS}
    plugged.install(folder, files | {f"strategies/{name}.py": MEMBERS[name][1] for name in MEMBERS})
    return folder


def test_each_is_carried_out_by_the_service_and_in_one_process(site: Path) -> None:
    specs = [{**spec, "strategy": {"name": name, "start": 0.1}} for name, (*_, spec) in MEMBERS.items()]
    code = f"""
import json, searchsvc.local
from tests import plugged
print(json.dumps([
    [*plugged.carry_out(spec, "ID/trials", "ID/leaderboard"),
     [[trial.label, trial.suggestion.seed] for trial in searchsvc.local.run(spec).trials]]
    for spec in {specs!r}
]))
"""
    for name, (search, trials, board, wrong, local) in zip(MEMBERS, plugged.said(site, code), strict=True):
        assert wrong == []
        assert search["state"] == "succeeded" and search["conclusion"]["winner"] in LABELS[name]
        assert search["spec"]["strategy"] == {"name": name, "start": 0.1}
        asked = sorted(trials["trials"], key=lambda trial: trial["number"])
        assert [[trial["label"], trial["seed"]] for trial in asked] == local
        assert list(dict.fromkeys(label for label, _ in local)) == LABELS[name]
        assert sorted(row["label"] for row in board["rows"]) == sorted(LABELS[name])


def test_it_is_listed_wherever_strategies_are(site: Path) -> None:
    code = """
import json, sys
from fastapi.testclient import TestClient
from api.app import create_app
from searchsvc import kinds
from searchsvc.service.settings import Settings
from searchsvc.store import migrate
from tempfile import TemporaryDirectory
from tests.specs import TINY, TINY_HETEROGENEITY, TINY_SWEEP
with TemporaryDirectory() as folder:
    chosen = Settings(data=folder)
    migrate.upgrade(chosen.database)
    with TestClient(create_app(chosen), base_url="http://127.0.0.1:8000") as client:
        specs = [{**spec, "strategy": "guess"} for spec in (TINY, TINY_HETEROGENEITY, TINY_SWEEP)]
        print(json.dumps([
            client.get("/v1/catalog").json(),
            client.get("/openapi.json").json(),
            [client.post("/v1/searches", json=spec).json()["detail"] for spec in specs],
            [kinds.read(spec).to_json()["strategy"] for spec in (
                TINY, {**TINY_HETEROGENEITY, "strategy": {"initial": 5}}, {**TINY_SWEEP, "strategy": {}}
            )],
            "torch" in sys.modules,
        ]))
"""
    catalog, openapi, refused, unnamed, has_torch = plugged.said(site, code)
    assert not has_torch
    assert all(catalog["strategies"][name]["properties"]["start"]["default"] == 0.25 for name in MEMBERS)
    assert [said[: said.index(";")] for said in refused] == ["strategy: got 'guess'"] * 3
    allowed = [said.rpartition("allowed are ")[2] for said in refused]
    assert allowed == [named("layers"), named("candidates", "space"), named("candidates")]
    listed = {model["properties"]["kind"]["const"]: model for model in _kinds(openapi)}
    for name, (needs, *_) in MEMBERS.items():
        assert name in listed[KIND[needs]]["properties"]["strategy"]["discriminator"]["mapping"]
    assert unnamed == [
        {"name": "darts", "epochs": 2, "alpha_lr": 0.01, "alpha_weight_decay": 0.0001},
        {"name": "wasserstein_bo", "initial": 5, "nu": "5/2"},
        {"name": "sweep"},
    ]


def named(*has: str) -> str:
    """The strategies that need one of these, ours and the plugin's."""
    ours = {name: strategies.catalog.params(name).needs for name in strategies.catalog.names()}
    needs = ours | {name: needs for name, (needs, *_) in MEMBERS.items()}
    return ", ".join(repr(name) for name in sorted(needs) if needs[name] in has)


def _kinds(openapi: dict[str, Any]) -> list[dict[str, Any]]:
    schemas = openapi["components"]["schemas"].values()
    return [schema for schema in schemas if "const" in schema.get("properties", {}).get("kind", {})]


def test_one_that_does_not_say_what_it_needs_is_left_out(tmp_path: Path) -> None:
    code = PARAMS.format(name="silent", needs="space").replace("    needs: ClassVar[Needs] = 'space'\n", "")
    plugged.install(tmp_path, {"strategies/params/silent.py": code})
    listed = "import json; from searchsvc.strategies import catalog; from spaces import plugins; "
    names, failures = plugged.said(tmp_path, listed + "print(json.dumps([catalog.names(), plugins.failures()]))")
    assert "silent" not in names
    assert "silent.py does not say what its Params `needs` of a kind of search" in failures[0][1]
