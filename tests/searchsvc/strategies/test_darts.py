"""The strategy: a pure function of trial number and outcomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc import kinds, strategies
from searchsvc.strategies import darts
from searchsvc.strategies.darts import Strategy
from searchsvc.strategy import Asked, Outcome
from searchsvc.testing.strategies import trials

NEURONS = ("lif", "llif", "slif")
SPEC = {
    "kind": "neuron_placement",
    "task": "digits",
    "seed": 7,
    "seeds": 2,
    "confirm": 0,
    "budget": {"trials": 17},  # 1 + 2 * (3 uniform + 4 random + 1 searched)
    "network": {"name": "vgg", "channels": [2, 2, 2], "strides": [1, 1, 1]},
    "training": {"epochs": 5, "lr": 0.02},
    "strategy": {"epochs": 9, "alpha_lr": 0.5, "alpha_weight_decay": 0.25},
}
ALPHA = [[0.1, 0.9, 0.3], [0.5, 0.2, 0.1], [0.0, 2.0, -1.0]]  # llif, lif, llif, which is not drawn here
OUTCOMES = [Outcome(0, 0.5, ALPHA)]
TRIALS = [Asked(number, "", 0) for number in range(20)]


def strategy(**changes):
    return Strategy(kinds.read({**SPEC, **changes}))


def everything(given_strategy, outcomes=OUTCOMES):
    """All suggestions, as a for loop gets them."""
    found = []
    while suggestion := given_strategy.suggest(trials(found), outcomes):
        found.append(suggestion)
    return found


def placements(found, origin):
    return [s.candidate.body.placement for s in found if s.candidate.origin == origin]


def test_the_strategy_is_in_the_catalog():
    assert "darts" in strategies.catalog.names()
    assert strategies.catalog.load("darts").Strategy is Strategy


def test_order_labels_and_seeds():
    found = everything(strategy())
    names = ["all LIF", "all LLIF", "all SLIF", "random 1", "random 2", "random 3", "random 4", "searched"]
    assert [s.candidate.label for s in found] == ["super network", *(name for name in names for _ in range(2))]
    assert [s.seed for s in found] == [7000, *[7000, 7001] * 8]
    assert [s.candidate.phase for s in found] == ["search"] + ["retrain"] * 16
    assert [s.candidate.origin for s in found] == (
        ["super network"] + ["baseline"] * 6 + ["random"] * 8 + ["searched"] * 2
    )


@pytest.mark.parametrize("seeds", [1, 2, 3])
@pytest.mark.parametrize("trials", [13, 14, 19, 40])
def test_there_are_exactly_total_trials(seeds, trials):
    changes = {"seeds": seeds, "budget": {"trials": trials}}
    assert len(everything(strategy(**changes))) == kinds.read({**SPEC, **changes}).total_trials() <= trials


@given(st.permutations(range(20)), st.permutations([*OUTCOMES, Outcome(1, 0.9), Outcome(5, 0.1)]))
def test_any_order_of_questions_and_outcomes_gives_the_same_answers(numbers, outcomes):
    expected = [*everything(strategy()), None, None, None]
    asked = strategy()
    assert {n: asked.suggest(TRIALS[:n], outcomes) for n in numbers} == dict(enumerate(expected))


@given(st.integers(0, 16))
def test_a_restarted_strategy_goes_on_where_the_first_stopped(number):
    assert strategy().suggest(TRIALS[:number], OUTCOMES) == everything(strategy())[number]


def test_only_the_searched_placement_waits_for_the_super_network():
    for outcomes in ([], [Outcome(1, 0.9), Outcome(14, 0.9)]):
        assert len(everything(strategy(), outcomes)) == 15
        assert strategy().suggest(TRIALS[:15], outcomes) is None
        assert strategy().suggest(TRIALS[:16], outcomes) is None


@given(st.lists(st.permutations([0.5, -0.5, 2.0]), min_size=3, max_size=3))
def test_the_searched_placement_is_the_largest_alpha_of_every_layer(alpha):
    found = everything(strategy(), [Outcome(3, 1.0), Outcome(0, 0.5, alpha)])
    expected = tuple(NEURONS[row.index(2.0)] for row in alpha)
    named = kinds.read(SPEC).names([Outcome(0, 0.5, alpha)]).get("searched", "searched")
    assert [s.candidate.body.placement for s in found if s.candidate.label == named] == [expected] * 2


@pytest.mark.parametrize(
    ("alpha", "label"),
    [([[0, 0, 1]] * 3, "all SLIF"), ([[0, 1, 0], [1, 0, 0], [0, 0, 1]], "random 3")],
    ids=["uniform", "random"],
)
def test_a_searched_placement_that_is_among_the_others_is_not_trained_again(alpha, label):
    """A further random placement has its trials; without the twin it would not be drawn."""
    told = [Outcome(0, 0.5, alpha)]
    found = everything(strategy(), told)
    assert [s.candidate.label for s in found][-4:] == ["random 4", "random 4", "random 5", "random 5"]
    assert len(found) == 17 and len({s.candidate.body for s in found}) == 9
    assert kinds.read(SPEC).names(told) == {"searched": label} and kinds.read(SPEC).names([Outcome(3, 0.5)]) == {}
    assert [s.candidate.label for s in found][:15] == [s.candidate.label for s in everything(strategy())][:15]


def test_a_network_of_one_layer_has_uniform_placements_alone():
    changes = {"network": {"name": "vgg", "channels": [2], "strides": [1]}, "budget": {"trials": 17}}
    told = [Outcome(0, 0.5, [[0, 1, 0]])]
    assert [s.candidate.label for s in everything(strategy(**changes), told)][1::2] == [
        "all LIF",
        "all LLIF",
        "all SLIF",
    ]
    assert kinds.read({**SPEC, **changes}).names(told) == {"searched": "all LLIF"}
    further = everything(strategy(**changes, when_exhausted="seeds"), told)
    assert [s.seed - 7000 for s in further[7:]] == [2, 2, 2, 3, 3, 3, 4, 4, 4]  # 1 + 3 x 5 of 17
    assert (
        len({(s.candidate, s.seed) for s in further})
        == 16
        == kinds.read({**SPEC, **changes, "when_exhausted": "seeds"}).total_trials()
    )


@pytest.mark.parametrize("alpha", [[[0, 0, 1]] * 3, ALPHA])
@pytest.mark.parametrize("trials", [1 + 2 * 26, 1 + 2 * 27, 1000])
def test_a_space_that_is_used_up_has_every_placement_once(alpha, trials):
    found = everything(strategy(budget={"trials": trials}), [Outcome(0, 0.5, alpha)])
    count = min(27, (trials - 1) // 2)
    assert len({s.candidate.body.placement for s in found[1:]}) == count == len(found[1:]) // 2
    assert kinds.read({**SPEC, "budget": {"trials": trials}}).total_trials() == 1 + 2 * count


def test_a_search_of_an_earlier_release_trains_the_same_placement_again():
    """As it did, so that what it has stored can be made again."""
    found = everything(strategy(when_exhausted="copies"), [Outcome(0, 0.5, [[0, 0, 1]] * 3)])
    assert [s.candidate.label for s in found][-2:] == ["searched", "searched"]
    assert placements(found, "searched") == [("slif",) * 3] * 2
    assert kinds.read({**SPEC, "when_exhausted": "copies"}).names([Outcome(0, 0.5, [[0, 0, 1]] * 3)]) == {}


def test_columns_of_alpha_follow_the_neurons_of_the_job():
    job = kinds.read({**SPEC, "neurons": ["slif", "lif"]})
    assert darts.searched(job, [Outcome(0, 0.5, [[1, 0], [0, 1], [1, 0]])]) == ("slif", "lif", "slif")


def test_baselines_are_uniform_and_random_placements_are_distinct_and_not():
    found = everything(strategy())
    assert placements(found, "baseline")[::2] == [(name,) * 3 for name in NEURONS]
    drawn = placements(found, "random")[::2]
    assert len(set(drawn)) == len(drawn) == 4
    assert all(len(set(placement)) > 1 for placement in drawn)


def test_a_large_budget_draws_the_whole_space():
    drawn = placements(everything(strategy(budget={"trials": 1000})), "random")[::2]
    assert len(set(drawn)) == len(drawn) == 3**3 - 3  # of which one is called searched too


def test_another_search_seed_draws_other_placements():
    assert placements(everything(strategy()), "random") != placements(everything(strategy(seed=8)), "random")


def test_random_placements_cover_the_space_evenly():
    """24 placements, 4 distinct of them for each of 300 search seeds: 50 each on average, sd 6.5."""
    counts: dict[tuple[str, ...], int] = {}
    for seed in range(300):
        for placement in placements(everything(strategy(seed=seed, seeds=1, budget={"trials": 9})), "random"):
            counts[placement] = counts.get(placement, 0) + 1
    assert len(counts) == 24
    assert all(25 <= count <= 75 for count in counts.values())


def test_the_super_network_holds_every_neuron_in_every_layer_and_its_own_training():
    config = strategy().suggest([], []).candidate.body
    assert config.placement == ("super_neuron",) * 3
    assert all(tuple(c.name for c in neuron.candidates) == NEURONS for neuron in config.neurons)
    t = config.training
    a = config.architect
    assert (t.epochs, t.lr, a.lr, a.weight_decay) == (9, 0.02, 0.5, 0.25)


def test_discrete_networks_train_as_the_job_says_with_its_neurons():
    neurons = [{"name": "lif", "tau": 3.0}, "slif"]
    found = everything(strategy(neurons=neurons), [Outcome(0, 0.5, [[1, 0]] * 3)])
    for suggestion in found[1:]:
        config = suggestion.candidate.body
        assert (config.training.epochs, config.input_shape, config.classes) == (5, (1, 8, 8), 10)
        assert all(neuron.tau == {"lif": 3.0, "slif": 2.0}[neuron.name] for neuron in config.neurons)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("direct", 4, (1, 8, 8))),
        ({"time_steps": 3}, ("direct", 3, (1, 8, 8))),
        ({"task": "event_digits"}, ("frames", 12, (12, 2, 16, 16))),
        ({"task": "event_digits", "time_steps": 12}, ("frames", 12, (12, 2, 16, 16))),
    ],
)
def test_encoding_steps_and_shape_are_those_of_the_task(changes, expected):
    for suggestion in everything(strategy(**changes)):
        config = suggestion.candidate.body
        assert (config.encoding, config.time_steps, config.input_shape) == expected
