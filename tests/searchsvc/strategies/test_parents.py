"""Candidates that start from others' trained weights, wait for them, and have as many seeds as their strategy says."""

from pathlib import Path
from typing import Any

import pytest

from tests import plugged
from tests.searchsvc.strategies.test_plugins import PARAMS
from tests.specs import TINY_SWEEP

TUNED = """
from dataclasses import replace
from searchsvc.strategy import Candidate, Suggestion

class Strategy:
    '''Every candidate once, and once more from the weights that it then has, with a smaller learning rate.'''

    def __init__(self, job):
        self.job, self.candidates = job, job.candidates()

    def suggest(self, asked, outcomes):
        numbers = {trial.label: trial.number for trial in asked}
        ended = {outcome.number for outcome in outcomes}
        for parent in self.candidates:
            if parent.label + ' tuned' not in numbers and numbers.get(parent.label) in ended:
                return Suggestion(self.tuned(parent), self.job.trial_seed(0), numbers[parent.label], seeds=1)
        new = [candidate for candidate in self.candidates if candidate.label not in numbers]
        return Suggestion(new[0], self.job.trial_seed(0), seeds=1) if new else None

    def tuned(self, parent):
        config = parent.body
        training = config.training.model_copy(update={'lr': config.training.lr / 10})
        config = config.model_copy(update={'training': training})
        return Candidate(config, 'tuned', parent.label + ' tuned', parent=parent.label)
"""
HASTY = TUNED.replace("numbers.get(parent.label) in ended", "parent.label in numbers")
RACING = """
from searchsvc.strategy import Suggestion

class Strategy:
    '''A seed of each, then further ones of the best alone: who has not four of them does not count.'''

    def __init__(self, job):
        self.job, self.candidates = job, job.candidates()

    def suggest(self, asked, outcomes):
        if len(asked) < len(self.candidates):
            return Suggestion(self.candidates[len(asked)], self.job.trial_seed(0), seeds=4)
        first = [outcome for outcome in outcomes if outcome.number < len(self.candidates)]
        repeat = len(asked) - len(self.candidates) + 1
        if len(first) < len(self.candidates) or repeat == 4:
            return None
        best = max(first, key=lambda outcome: outcome.score).number
        return Suggestion(self.candidates[best], self.job.trial_seed(repeat), seeds=4)
"""
STRATEGIES = {"tuned": TUNED, "hasty": HASTY, "racing": RACING}
SPEC = {**TINY_SWEEP, "training": {"epochs": 2, "batch_size": 256}}
CONFIRMED = {**SPEC, "confirm": 1}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    params = {f"strategies/params/{name}.py": PARAMS.format(name=name, needs="candidates") for name in STRATEGIES}
    plugged.install(folder, params | {f"strategies/{name}.py": code for name, code in STRATEGIES.items()})
    return folder


@pytest.fixture(scope="module")
def found(site: Path) -> dict[str, Any]:
    """What became of each search, and what its trials must have scored."""
    code = f"""
import json, searchsvc.local
from searchsvc import kinds
from searchsvc.training.trials import begin, train
from tests import plugged
from tests.faults.checker import check

spec, confirmed = {SPEC!r}, {CONFIRMED!r}
tuned, racing = ({{**confirmed, "strategy": name}} for name in ("tuned", "racing"))
expected = {{}}
for parent in kinds.read(spec).candidates():  # by hand
    network, result = train(parent.body, 0)
    expected[parent.label] = result.metrics["accuracy/validation"]
    training = parent.body.training.model_copy(update={{"lr": 0.005}})
    trial = begin(parent.body.model_copy(update={{"training": training}}), 0)
    trial.network.load_state_dict(network.state_dict())
    while (report := trial.step()).result is None:
        pass
    expected[parent.label + " tuned"] = report.result.metrics["accuracy/validation"]
print(json.dumps({{
    "expected": expected,
    "tuned": plugged.carry_out(tuned, "ID/trials", "ID/leaderboard", lose=[2], check=check),
    "local": [[t.label, t.suggestion.start_from, t.result.metrics["accuracy/validation"]]
              for t in searchsvc.local.run(tuned).trials],
    "hasty": plugged.carry_out({{**spec, "strategy": "hasty"}}, "ID/trials"),
    "racing": plugged.carry_out(racing, "ID/trials", "ID/leaderboard", "ID/best", check=check),
}}))
"""
    return plugged.said(site, code)  # type: ignore[no-any-return]


def test_a_trial_starts_from_the_weights_that_another_has_learned(found: dict[str, Any]) -> None:
    search, trials, board, wrong = found["tuned"]
    assert (search["state"], wrong) == ("succeeded", [])
    own = [trial for trial in trials["trials"] if trial["phase"] == "retrain"]
    assert {trial["label"]: trial["score"] for trial in own} == found["expected"]
    numbers = {trial["label"]: trial["number"] for trial in own}
    starts = {trial["label"]: trial["start_from"] for trial in own}
    assert starts == {
        label: numbers.get(label.removesuffix(" tuned")) if "tuned" in label else None for label in numbers
    }
    assert len(board["rows"]) == 6


def test_what_waits_for_another_is_left_out_and_the_next_one_runs(found: dict[str, Any]) -> None:
    _, trials, *_ = found["tuned"]
    labels = [t["label"] for t in sorted(trials["trials"], key=lambda t: t["number"]) if t["phase"] == "retrain"]
    assert labels[:2] == ["LIF", "LNM degree 1, clip1"]  # two run at once
    assert [label for label, *_ in found["local"]][:2] == ["LIF", "LIF tuned"]  # one does
    assert sorted(labels) == sorted(label for label, *_ in found["local"][:6])


def test_a_confirmed_leader_starts_as_its_own_trial_did(found: dict[str, Any]) -> None:
    _, trials, *_ = found["tuned"]
    starts = {trial["label"]: trial["start_from"] for trial in trials["trials"] if trial["phase"] == "retrain"}
    again = [trial for trial in trials["trials"] if trial["phase"] == "confirm"]
    assert again and all(trial["start_from"] == starts[trial["label"]] for trial in again)
    here, alone = ({t["label"]: t["score"] for t in again}, {label: score for label, _, score in found["local"][6:]})
    assert here.keys() == alone.keys()
    assert sorted(t["score"] for t in again) == sorted(score for _, _, score in found["local"][6:])


def test_one_in_one_process_gives_the_same(found: dict[str, Any]) -> None:
    assert {label: score for label, _, score in found["local"][:6]} == found["expected"]


def test_one_that_asks_for_weights_that_are_not_there_fails_with_a_sentence(found: dict[str, Any]) -> None:
    search, *_ = found["hasty"]
    assert search["state"] == "failed"
    assert search["error"] == (
        "it cannot go on: strategy: got a trial that starts from trial 0, which has no trained weights; wait for it"
    )


def test_who_has_not_the_seeds_that_its_strategy_wants_does_not_count(found: dict[str, Any]) -> None:
    search, trials, board, best, wrong = found["racing"]
    assert (search["state"], wrong) == ("succeeded", [])
    count: dict[str, int] = {}
    for trial in trials["trials"]:
        count[trial["label"]] = count.get(trial["label"], 0) + (trial["phase"] == "retrain")
    (winner,) = [label for label, n in count.items() if n == 4]
    assert sorted(count.values()) == [1, 1, 4]
    assert [row["label"] for row in board["rows"] if row["is_best"]] == [winner]
    assert search["conclusion"]["winner"] == winner and best["neurons"]
    seeds = [(trial["label"], trial["seed"]) for trial in trials["trials"]]
    assert sorted(seed for label, seed in seeds if label == winner) == [0, 1, 2, 3, 4, 5]  # two of them fresh
