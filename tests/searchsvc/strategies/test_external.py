"""A search whose trials another trainer runs: asked for, numbered, stored, ranked and shown like any other.

The kind is a plugin's; what runs its trials is a few lines in place of an executor that trains.
"""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from spaces import body, configuration
from spaces.body import External
from spaces.errors import UserError
from spaces.identity import fingerprint
from tests import plugged

KIND = """
from typing import ClassVar, Literal
from searchsvc import strategies
from searchsvc.kinds._task_job import TaskJob
from searchsvc.strategies.params import sweep
from searchsvc.strategy import Candidate
from spaces.body import External

class Job(TaskJob):
    kind: Literal["widths"]
    strategy: strategies.union("candidates", default="sweep") = sweep.Params()
    widths: tuple[int, ...] = (8, 16, 32)

    trainer: ClassVar = "lab"
    trial_steps: ClassVar = 2
    uses_up: ClassVar = True

    @property
    def candidate_count(self):
        return len(self.widths)

    def candidates(self):
        made = [External(trainer="lab", values={"width": w, "layers": ["a", "b"]}, steps=2) for w in self.widths]
        return [Candidate(one, "sweep", f"width {one.values['width']}") for one in made]
"""
CODE = """
import json, searchsvc.local
from tests import plugged
from tests.workers import inline
from searchsvc.store import artifacts
from spaces.errors import UserError
from workers.executors import trial_body

class Lab:
    '''Runs the trials of trainer lab: the wider the better.'''

    def __init__(self, config, begin):
        self.config, self.done, self.network = config, 0, None

    def step(self):
        self.done += 1
        values = self.config["configuration"]["values"]
        score = values["width"] / 100 + self.config["seed"] / 1000
        metrics = {"accuracy/validation": score, "accuracy/test": score, "parameters": float(values["width"])}
        measured = {"accuracy/validation": score, "accuracy/test": score, "parameters": float(values["width"])}
        result = {"metrics": measured, "layers": [], "manifest": {"trainer": "lab"}}
        path = f"{self.config['folder']}/{self.done}"
        kept = artifacts.write(self.config["store"], path, b"theirs")
        return {"step": self.done, "metrics": {"accuracy/validation": score}, "architecture": [],
                "result": result if self.done == 2 else None, "worker": "lab",
                "artifact": {"kind": "weights" if self.done == 2 else "checkpoint", **kept}}

spec = {"kind": "widths", "task": "digits", "seeds": 2, "confirm": 1, "budget": {"trials": 6}}
try:
    searchsvc.local.run(spec)
except UserError as error:
    alone = str(error)
declined = plugged.declined(spec)
trial_body.TrialBody = Lab
inline.InlineExecutor.impossible = lambda executor, job: None
paths = ("ID/trials", "ID/leaderboard", "ID/best", "ID/trials?format=csv", "ID/leaderboard?format=csv")
print(json.dumps([alone, declined, *plugged.carry_out(spec, *paths)]))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    site = tmp_path_factory.mktemp("site")
    plugged.install(site, {"kinds/widths.py": KIND})
    return plugged.said(site, CODE)  # type: ignore[no-any-return]


def test_it_is_carried_out_ranked_shown_and_exported(found: list[Any]) -> None:
    _, _, search, trials, board, best, trials_csv, board_csv, wrong = found
    assert (search["state"], search["error"], wrong) == ("succeeded", None, [])
    assert [row["label"] for row in board["rows"]] == ["width 32", "width 16", "width 8"]
    assert search["conclusion"]["winner"] == "width 32"
    assert best["trainer"] == "lab" and best["values"] == {"width": 32, "layers": ["a", "b"]}
    assert best["manifest"]["trainer"] == "lab"
    numbers = sorted(trial["number"] for trial in trials["trials"])
    assert numbers == list(range(len(trials["trials"]))) and {trial["steps"] for trial in trials["trials"]} == {2}
    assert all(f"width {width}" in text for width in (8, 16, 32) for text in (trials_csv, board_csv))


def test_a_runner_that_only_trains_networks_leaves_it_to_others(found: list[Any]) -> None:
    state, reason = found[1]
    assert state == "queued"
    assert reason == "trainer: got lab, and this runner trains networks alone; start one that has it"


def test_nobody_can_run_it_in_one_process(found: list[Any]) -> None:
    assert found[0] == "width 8: only trainer lab can run it; submit it to a service"


def test_a_body_is_read_back_as_what_it_was() -> None:
    made = External(trainer="lab", values={"width": 8, "nested": {"b": [1, None], "a": True}}, steps=3)
    assert body.read(json.loads(made.model_dump_json())) == made
    with pytest.raises(UserError, match=r"^body: steps: got 0; give at least 1$"):
        body.read({"trainer": "lab", "values": {}, "steps": 0})
    with pytest.raises(ValidationError):
        External(trainer="", values={})


def test_it_is_the_same_however_its_values_are_ordered() -> None:
    one, other = ({"a": 1, "b": {"c": 2, "d": 3.0}}, {"b": {"d": 3, "c": 2}, "a": 1})
    marks = {fingerprint(External(trainer="lab", values=values)) for values in (one, other)}
    assert len(marks) == 1
    assert marks != {fingerprint(External(trainer="lab", values={**one, "a": 2}))}


def test_whoever_builds_it_here_is_told_who_can() -> None:
    with pytest.raises(UserError, match="got one of trainer lab, which alone can run it"):
        configuration.read({"trainer": "lab", "values": {}})
