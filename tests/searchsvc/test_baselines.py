"""Baselines run first and are known to the strategy, which numbers its own trials from 0."""

from searchsvc import baselines, jobs
from searchsvc.strategy import Outcome
from spaces.distribution_params import Dirac
from tests.specs import TINY_HETEROGENEITY as TINY

ELSEWHERE = {"tau_excitatory": {"family": "dirac", "value": 9.0}, "reach": 1.5, "cell": "rate"}


class Recorder:
    def suggest(self, number, outcomes, pending):
        self.asked = number, [(o.number, o.score) for o in outcomes], list(pending)


def asked(job, number, outcomes=(), pending=None):
    recorder = Recorder()
    baselines.Baselined(job, recorder).suggest(number, outcomes, pending or {})
    return recorder.asked


def job(**changes):
    return jobs.read({**TINY, **changes})


def test_the_network_as_given_comes_first_with_every_seed():
    suggestions = [baselines.strategy(job()).suggest(number, []) for number in (0, 1)]
    assert [s.candidate.label for s in suggestions] == ["as given"] * 2
    assert [s.seed for s in suggestions] == [0, 1]
    assert suggestions[0].candidate.configuration.network == job().network
    assert suggestions[0].candidate.point == {"tau_excitatory": Dirac(value=5), "reach": 3.0, "cell": "rate"}


def test_the_strategy_begins_behind_it_and_knows_what_it_gave():
    given = job(observations=[{"point": ELSEWHERE, "scores": [5.0, 6.0]}])
    point = given.baselines()[0].point
    outcomes = [Outcome(1, 7.0, point=point), Outcome(2, 8.0, point=point)]
    known = [(-4, 5.0), (-3, 6.0)]
    assert asked(given, 4, outcomes, {0: point, 3: point}) == (2, [*known, (-1, 7.0), (0, 8.0)], [-2, 1])


def test_a_point_with_a_choice_that_the_space_has_not_teaches_nothing():
    cells = {**TINY["space"], "cell": {"type": "categorical", "choices": ["lif", "rate"]}}
    units = {"units": {"type": "int", "low": 30, "high": 40}}
    outside = {"point": {**ELSEWHERE, "units": 20}, "scores": [5.0]}
    inside = {"point": {**ELSEWHERE, "units": 40}, "scores": [6.0]}
    given = job(space={**cells, **units}, observations=[outside, inside])
    outcomes = [Outcome(0, 7.0, point=given.baselines()[0].point)]  # of 20 units
    assert asked(given, 2, outcomes)[1] == [(-3, 6.0)]
