"""Baselines run first and are known to the strategy, which numbers its own trials from 0."""

from searchsvc import baselines, kinds
from searchsvc.strategy import Asked, Outcome
from spaces.distributions.params import Dirac
from tests.specs import TINY_HETEROGENEITY as TINY

TRIALS = [Asked(number, "as given", number) for number in range(2)]
ELSEWHERE = {"tau_excitatory": {"family": "dirac", "value": 9.0}, "reach": 1.5, "cell": "rate"}


class Recorder:
    def suggest(self, asked, outcomes):
        self.seen = [(a.number, a.label) for a in asked], [(o.number, o.score) for o in outcomes]


def seen(job, labels, outcomes=()):
    """The trials and outcomes that a strategy sees behind trials of these candidates."""
    recorder = Recorder()
    baselines.Baselined(job, recorder).suggest([Asked(n, label, 0) for n, label in enumerate(labels)], outcomes)
    return recorder.seen


def job(**changes):
    return kinds.read({**TINY, **changes})


def test_the_network_as_given_comes_first_with_every_seed():
    suggestions = [baselines.strategy(job()).suggest(TRIALS[:number], []) for number in (0, 1)]
    assert [s.candidate.label for s in suggestions] == ["as given"] * 2
    assert [s.seed for s in suggestions] == [0, 1]
    assert suggestions[0].candidate.body.network == job().network
    assert suggestions[0].candidate.point == {"tau_excitatory": Dirac(value=5), "reach": 3.0, "cell": "rate"}


def test_the_strategy_begins_behind_it_and_knows_what_it_gave():
    given = job(observations=[{"point": ELSEWHERE, "scores": [5.0, 6.0]}])
    point = given.baselines()[0].point
    outcomes = [Outcome(1, 7.0, point=point), Outcome(2, 8.0, point=point)]
    known = [(-12, 5.0), (-11, 6.0)]
    labels = ["as given", "as given", "a", "b"]
    trials = [(-10, "as given"), (-9, "as given"), (0, "a"), (1, "b")]  # also a baseline that runs
    assert seen(given, labels, outcomes) == (trials, [*known, (-9, 7.0), (0, 8.0)])


def test_a_baselines_further_seeds_are_not_among_the_strategys_trials():
    cells = {"cell": TINY["space"]["cell"]}
    given = job(space=cells, when_exhausted="seeds", budget={"trials": 9})  # the baseline and another, up to 4 seeds
    labels = ["as given", "as given", "lif", "lif", "as given", "lif", "as given"]
    point = given.baselines()[0].point
    outcomes = [Outcome(number, float(number), point=point) for number in range(7)]
    trials, told = seen(given, labels, outcomes)
    assert [label for _, label in trials] == ["as given"] * 4 + ["lif"] * 3
    assert [number for number, _ in trials if number >= 0] == [0, 1, 2]
    assert [score for number, score in told if number >= 0] == [2.0, 3.0, 5.0]
    assert len({number for number, _ in told}) == 7


def test_a_point_with_a_choice_that_the_space_has_not_teaches_nothing():
    cells = {**TINY["space"], "cell": {"type": "categorical", "choices": ["lif", "rate"]}}
    units = {"units": {"type": "int", "low": 30, "high": 40}}
    given = job(space={**cells, **units}, observations=[{"point": {**ELSEWHERE, "units": 40}, "scores": [6.0]}])
    outcomes = [Outcome(0, 7.0, point=given.baselines()[0].point)]  # of 20 units
    assert seen(given, ["as given"] * 2, outcomes)[1] == [(-11, 6.0)]
