"""Degree sweep: its candidates, its baseline, its order."""

import math

import pytest
import torch

from searchsvc import kinds, strategies
from searchsvc.testing.strategies import trials
from spaces import catalog
from spaces.errors import UserError
from spaces.neurons.params import lnm

SWEEP = {"kind": "polynomial_degree", "task": "digits"}


def read(**changes):
    return kinds.read({**SWEEP, **changes})


def suggestions(job):
    strategy = strategies.catalog.load(job.strategy.name).Strategy(job)
    found = []
    while suggestion := strategy.suggest(trials(found), []):
        found.append(suggestion)
    assert len(found) == job.total_trials()
    return found


def test_by_default_five_degrees_and_lif_with_three_seeds_each():
    found = suggestions(read())
    labels = ["LIF", *(f"LNM degree {degree}, clip1" for degree in (1, 2, 3, 4, 5))]
    assert [s.candidate.label for s in found] == labels * 3
    assert [s.seed for s in found] == [0] * 6 + [1] * 6 + [2] * 6
    assert [s.candidate.origin for s in found[:6]] == ["baseline"] + ["sweep"] * 5
    neurons = [{*s.candidate.body.neurons} for s in found[:6]]
    assert all(len(neuron) == 1 for neuron in neurons)
    assert [neuron.pop().degree for neuron in neurons[1:]] == [1, 2, 3, 4, 5]


def test_every_combination_once_and_a_baseline_for_every_surrogate():
    surrogates = ["rectangle", {"name": "triangle", "height": 2.0}]
    job = read(degrees=[1, 4], boundings=["clip5", "tanh"], surrogates=surrogates, seeds=1)
    candidates = [s.candidate for s in suggestions(job)]
    assert len(candidates) == job.total_trials() == 2 * (1 + 2 * 2)
    assert [c.label for c in candidates[:2]] == ["LIF, rectangle", "LIF, triangle height 2"]
    swept = {(n.degree, n.bounding, n.surrogate.name) for c in candidates[2:] for n in c.body.neurons}
    assert swept == {(d, b, s) for d in (1, 4) for b in ("clip5", "tanh") for s in ("rectangle", "triangle")}
    assert len({c.label for c in candidates}) == len(candidates)


def test_values_are_those_that_differ():
    def values(**changes):
        job = read(seeds=1, **changes)
        return [job.coordinates(c.body.model_dump(mode="json")) for c in job.candidates()]

    assert values(degrees=[1, 3]) == [{}, {"degree": 1}, {"degree": 3}]
    assert values(degrees=[2], boundings=["clip1", "tanh"]) == [{}, {"bounding": "clip1"}, {"bounding": "tanh"}]
    rectangles = ["rectangle", {"name": "rectangle", "width": 0.5}]
    assert values(degrees=[2], surrogates=rectangles)[1:3] == [
        {"surrogate": "rectangle width 0.5"},
        {"surrogate": "rectangle"},
    ]


@pytest.mark.parametrize("surrogate", ["rectangle", "triangle"])
def test_the_baseline_is_what_an_lnm_starts_as(surrogate):
    """Equal spikes and equal gradients, where LNM does not clip."""
    (lif, start) = [s.candidate.body.neurons[0] for s in suggestions(read(surrogates=[surrogate]))][:2]
    x = torch.rand(6, 50, generator=torch.Generator().manual_seed(0)) * 1.2 - 0.2
    answers = []
    for params in (lif, start):
        leaf = x.clone().requires_grad_()
        spikes, state = catalog.neurons.load(params.name).Neuron(params)(leaf)
        (spikes.sum() + state.v_B.sum()).backward()
        answers.append((spikes, state.v_B, leaf.grad))
    for ours, theirs in zip(*answers, strict=True):
        torch.testing.assert_close(ours, theirs)
    assert answers[0][0].mean() > 0.1 and lif.tau == pytest.approx(-1 / math.log(0.25))


def test_the_boundings_are_those_of_the_neuron():
    def values(model, field):
        return model.model_json_schema()["properties"][field]

    allowed = values(kinds.kinds()["polynomial_degree"], "boundings")["items"]["enum"]
    assert allowed == values(lnm.Params, "bounding")["enum"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"budget": {"trials": 17}}, "budget.trials: got 17; this sweep needs 18: 3 seeds of 6 candidates; raise"),
        ({"degrees": [2, 3, 2]}, "degrees: got 2, 3, 2; give each value once"),
        ({"degrees": [0]}, "degrees.0: got 0; give at least 1"),
        ({"degrees": []}, "degrees: got []"),
        ({"boundings": ["clip2"]}, "boundings.0: got 'clip2'; allowed are 'clip1', 'clip5' or 'tanh'"),
        ({"surrogates": ["square"]}, "surrogates.0: got 'square'; allowed are 'triangle', 'rectangle'"),
        ({"surrogates": ["rectangle", "rectangle"]}, "surrogates: got rectangle, rectangle; give each value once"),
        ({"neurons": ["lif"]}, "neurons: got an unknown field; allowed are kind, "),
        ({"task": "event_digits", "time_steps": 3}, "time_steps: got 3; samples of task event_digits have 12 frames"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_mistake_is_answered_with_field_got_and_allowed(changes, said):
    with pytest.raises(UserError) as caught:
        read(**changes)
    assert str(caught.value).startswith(said)
