"""Trials that train nothing report as trials that train do, and say what they are."""

from typing import Any

import pytest
import torch

import searchsvc.local
from searchsvc import baselines, kinds
from searchsvc.strategy import Asked, Candidate
from searchsvc.training import scripted, trials
from searchsvc.training.report import Report
from searchsvc.training.scripted import SCRIPTED
from spaces.configuration import Configuration
from spaces.errors import Diverged
from tests.specs import TINY, TINY_HETEROGENEITY, TINY_SWEEP

KINDS = {"placement": TINY, "sweep": TINY_SWEEP, "heterogeneity": TINY_HETEROGENEITY}


def candidates(spec: dict[str, Any]) -> list[Candidate]:
    """The first three, a super network among them."""
    strategy, asked, found = baselines.strategy(kinds.read(spec)), list[Asked](), dict[str, Candidate]()
    while len(found) < 3:
        suggestion = strategy.suggest(asked, ())
        assert suggestion
        asked.append(Asked.of(len(asked), suggestion))
        found.setdefault(suggestion.candidate.label, suggestion.candidate)
    return list(found.values())


def reports(config: Configuration, seed: int, begin: Any = scripted.Trial) -> list[Report]:
    trial, found = begin(config, seed), list[Report]()
    while not found or found[-1].result is None:
        found.append(trial.step())
    return found


@pytest.mark.parametrize("spec", KINDS.values(), ids=KINDS)
def test_what_it_reports_has_the_form_of_what_training_reports(spec: dict[str, Any]) -> None:
    for candidate in candidates(spec):
        drawn, trained = (reports(candidate.body, 3, begin) for begin in (scripted.Trial, trials.begin))
        for ours, theirs in zip(drawn, trained, strict=True):
            assert (ours.step, ours.metrics.keys()) == (theirs.step, theirs.metrics.keys())
            assert [(layer, name, len(v)) for layer, name, v in ours.architecture] == [
                (layer, name, len(v)) for layer, name, v in theirs.architecture
            ]
        ours_result, their_result = drawn[-1].result, trained[-1].result
        assert ours_result and their_result
        silent = {"firing_rate"}  # which a super network has where it gives nothing at all
        assert ours_result.metrics.keys() - silent == their_result.metrics.keys() - silent
        assert [layer["layer"] for layer in ours_result.layers] == [layer["layer"] for layer in their_result.layers]
        assert ours_result.data_hash == SCRIPTED != their_result.data_hash


@pytest.mark.parametrize("spec", KINDS.values(), ids=KINDS)
def test_it_is_a_function_of_configuration_seed_and_step(spec: dict[str, Any]) -> None:
    first, second, *_ = candidates(spec)
    config = first.body
    assert reports(config, 1) == reports(config, 1) != reports(config, 2)
    assert reports(config, 1)[-1].metrics != reports(second.body, 1)[-1].metrics
    whole, cut = scripted.Trial(config, 1), scripted.Trial(config, 1)
    for _ in range(config.training.epochs - 1):
        whole.step()
    cut.restore(whole.state())
    assert cut.step() == whole.step()
    assert all(cut.network.state_dict()[name].equal(value) for name, value in whole.network.state_dict().items())


def test_what_would_surely_diverge_does() -> None:
    (candidate, *_) = candidates({**TINY, "training": {"epochs": 1, "lr": 1000.0}})
    config = candidate.body
    with pytest.raises(Diverged, match=r"lower training\.lr"):
        scripted.Trial(config, 0).step()


def test_nothing_trains(scripted: None) -> None:
    network, result = trials.train(candidates(TINY)[1].body, seed=5)
    untrained = trials.begin(candidates(TINY)[1].body, 5).network
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), untrained.parameters(), strict=True))
    assert {trial.result.data_hash for trial in searchsvc.local.run(TINY).trials} == {result.data_hash} == {SCRIPTED}
