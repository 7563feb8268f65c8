"""What every strategy must do; `spec` is the fixture that gives a small specification of a search that uses it."""

import json

from searchsvc import baselines, jobs
from searchsvc.strategy import Outcome
from spaces import configuration


def asked(spec, job=None):
    """Every suggestion of a search whose trials end well in the order in which they were asked for."""
    job = job or jobs.read(spec)
    outcomes, found = [], []
    while suggestion := strategy(job).suggest(len(found), outcomes):
        found.append(suggestion)
        outcomes.append(outcome(len(found) - 1, suggestion))
    return found


def strategy(job):
    return baselines.strategy(job)


def outcome(number, suggestion):
    """Scores that rise and fall, and as many alphas as the configuration has."""
    neurons = suggestion.candidate.configuration.neurons
    sizes = [len(neuron.candidates) for neuron in neurons if neuron.name == "super_neuron"]
    alphas = [[(i * k + number) % 3 / 2 for k in range(size)] for i, size in enumerate(sizes)]
    return Outcome(number, (number * 7 % 10) / 10, alphas, suggestion.candidate.point)


def test_it_is_a_pure_function(spec):
    """A restarted runner has a new strategy and the stored outcomes, and must get the same."""
    assert asked(spec) == asked(spec)


def test_one_that_was_asked_before_answers_as_a_new_one(spec):
    job = jobs.read(spec)
    suggestions = asked(spec, job)
    outcomes = [outcome(number, suggestion) for number, suggestion in enumerate(suggestions)]
    kept = strategy(job)
    assert [kept.suggest(number, outcomes[:number]) for number in range(len(suggestions))] == suggestions


def test_it_asks_for_as_many_trials_as_the_job_says(spec):
    assert len(asked(spec)) == jobs.read(spec).total_trials()


def test_everything_random_comes_from_the_seed(spec):
    first, second = (jobs.read({**spec, "seed": seed}) for seed in (1, 2))
    seeds = [{suggestion.seed for suggestion in asked(spec, job)} for job in (first, second)]
    assert seeds[0] and not seeds[0] & seeds[1]


def test_a_candidates_trials_differ_by_seed(spec):
    pairs = [(suggestion.candidate, suggestion.seed) for suggestion in asked(spec)]
    assert len(set(pairs)) == len(pairs)


def test_a_label_names_one_candidate(spec):
    candidates = {suggestion.candidate for suggestion in asked(spec)}
    assert len({candidate.label for candidate in candidates}) == len(candidates)


def test_candidates_survive_json(spec):
    for suggestion in asked(spec):
        config = suggestion.candidate.configuration
        assert configuration.read(json.loads(config.model_dump_json())) == config
