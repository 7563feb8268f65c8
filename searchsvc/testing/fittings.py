"""What every fitting must do; `config` is the fixture that gives a small configuration which it fits."""

import math

import pytest
import torch

from searchsvc.testing.networks import equal_states, stored
from searchsvc.training.trials import begin, train
from spaces.errors import Diverged
from spaces.networks import build

TIMES = ("latency", "seconds")


def told(report):
    """All of a report but what is measured in time."""
    result = report.result and {**vars(report.result), "metrics": without_times(report.result.metrics)}
    return report.step, report.metrics, report.architecture, result


def without_times(costs):
    return {name: value for name, value in costs.items() if name not in TIMES}


def steps(trial, number):
    return [told(trial.step()) for _ in range(number)]


def whole(config, seed=0):
    trial = begin(config, seed)
    return steps(trial, config.training.epochs), trial.network


def test_one_seed_gives_the_same_reports_whatever_else_draws_and_another_does_not(config):
    torch.manual_seed(1)
    one, network = whole(config, 5)
    torch.manual_seed(2)
    again, same = whole(config, 5)
    other, _ = whole(config, 6)
    assert one == again and equal_states(network, same)
    assert [metrics for _, metrics, *_ in one] != [metrics for _, metrics, *_ in other]


def test_the_global_generator_is_left_as_it_was(config):
    before = torch.get_rng_state()
    whole(config)
    assert torch.equal(torch.get_rng_state(), before)


def test_steps_are_counted_and_the_last_has_the_result(config):
    found = []
    train(config, report=found.append)
    assert [report.step for report in found] == list(range(1, config.training.epochs + 1))
    assert [report.result is not None for report in found] == [False] * (len(found) - 1) + [True]


def test_it_is_scored_in_the_metric_of_its_task(config):
    trial = begin(config, 0)
    reports = [trial.step() for _ in range(config.training.epochs)]
    metrics = reports[-1].result.metrics
    for split in ("validation", "test"):
        assert math.isfinite(metrics[config.task.metric.on(split).full])
    assert metrics["seconds"] > 0
    assert {name for name in metrics if "/" not in name} <= {metric.full for metric in config.training.measures}
    assert reports[-1].result.data_hash == trial.data.fingerprint()


def test_it_changes_what_it_fits(config):
    _, network = whole(config)
    assert not equal_states(network, build(config, seed=0))


def test_a_resumed_trial_goes_on_as_if_never_interrupted(config):
    """From any of its steps, by a state that was stored and read again."""
    expected, network = whole(config)
    for done in range(config.training.epochs):
        first, resumed = begin(config, 0), begin(config, 0)
        steps(first, done)
        resumed.restore(stored(first.state(), weights_only=True))
        torch.manual_seed(99)
        assert steps(resumed, config.training.epochs - done) == expected[done:]
        assert equal_states(resumed.network, network)


def test_what_is_not_finite_has_diverged(config):
    trial = begin(config, 0)
    with torch.no_grad():
        for tensor in (*trial.network.parameters(), *trial.network.buffers()):
            if tensor.is_floating_point():
                tensor.fill_(math.nan)
    with pytest.raises(Diverged, match=r"; (lower|raise) "):
        trial.step()
