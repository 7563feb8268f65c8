"""What every strategy must do; `name` is the fixture that names it in the catalog.

It is asked by a small search of a kind that has what it `needs`; override the fixture `spec` for another one.
"""

import json

import pytest

from searchsvc import baselines, kinds, strategies
from searchsvc.strategy import Asked, Outcome
from spaces import body
from spaces.identity import fingerprint

VGG = {"network": {"name": "vgg", "channels": [4, 4], "strides": [2, 2]}, "time_steps": 2, "task": "digits"}
SPACE = {
    "tau_excitatory": {"type": "distribution", "mean": [2, 20]},
    "reach": {"type": "float", "low": 1, "high": 5},
    "cell": {"type": "categorical", "choices": ["rate", "lif"]},
}
SPECS = {  # by what a strategy needs
    "layers": {"kind": "neuron_placement", **VGG, "neurons": ["lif", "slif"], "budget": {"trials": 9}},
    "candidates": {"kind": "polynomial_degree", **VGG, "degrees": [1, 3], "budget": {"trials": 6}},
    "space": {"kind": "heterogeneity", "task": "memory_capacity", "space": SPACE, "budget": {"trials": 10}},
}


@pytest.fixture
def spec(name):
    needs = strategies.catalog.params(name).needs
    return {**SPECS[needs], "seeds": 2, "confirm": 0, "strategy": name}


def asked(spec, job=None):
    """Every suggestion of a search whose trials end well in the order in which they were asked for."""
    job = job or kinds.read(spec)
    outcomes, found = [], []
    while suggestion := strategy(job).suggest(trials(found), outcomes):
        found.append(suggestion)
        outcomes.append(outcome(len(found) - 1, suggestion))
    return found


def trials(suggestions):
    """As trials that have been asked for."""
    return [Asked.of(number, suggestion) for number, suggestion in enumerate(suggestions)]


def strategy(job):
    return baselines.strategy(job)


def outcome(number, suggestion):
    """Scores that rise and fall, and as many alphas as the configuration has."""
    neurons = getattr(suggestion.candidate.body, "neurons", ())
    sizes = [len(neuron.candidates) for neuron in neurons if neuron.name == "super_neuron"]
    alphas = [[(i * k + number) % 3 / 2 for k in range(size)] for i, size in enumerate(sizes)]
    return Outcome(number, (number * 7 % 10) / 10, alphas, suggestion.candidate.point)


def test_it_is_a_pure_function(spec):
    """A restarted runner has a new strategy and the stored outcomes, and must get the same."""
    assert asked(spec) == asked(spec)


def test_one_that_was_asked_before_answers_as_a_new_one(spec):
    job = kinds.read(spec)
    suggestions = asked(spec, job)
    outcomes = [outcome(number, suggestion) for number, suggestion in enumerate(suggestions)]
    kept = strategy(job)
    again = [kept.suggest(trials(suggestions[:n]), outcomes[:n]) for n in range(len(suggestions))]
    assert again == suggestions


def test_it_asks_for_as_many_trials_as_the_job_says(spec):
    job, count = kinds.read(spec), len(asked(spec))
    assert 0 < count <= job.total_trials()
    assert count == job.total_trials() or job.strategy.may_end_early


def test_everything_random_comes_from_the_seed(spec):
    first, second = (kinds.read({**spec, "seed": seed}) for seed in (1, 2))
    seeds = [{suggestion.seed for suggestion in asked(spec, job)} for job in (first, second)]
    assert seeds[0] and not seeds[0] & seeds[1]


def test_a_candidates_trials_differ_by_seed(spec):
    pairs = [(suggestion.candidate, suggestion.seed) for suggestion in asked(spec)]
    assert len(set(pairs)) == len(pairs)


def test_a_label_names_one_candidate(spec):
    candidates = {suggestion.candidate for suggestion in asked(spec)}
    assert len({candidate.label for candidate in candidates}) == len(candidates)


def test_a_configuration_is_one_candidate(spec):
    candidates = {suggestion.candidate for suggestion in asked(spec)}
    assert len({fingerprint(candidate.body) for candidate in candidates}) == len(candidates)


def test_candidates_survive_json(spec):
    for suggestion in asked(spec):
        made = suggestion.candidate.body
        assert body.read(json.loads(made.model_dump_json())) == made


def test_it_is_named_in_a_search_with_its_defaults(spec, name):
    read = kinds.read(spec)
    assert read.strategy == strategies.catalog.params(name)()
    assert kinds.read(read.to_json()) == read
