"""What a search may optimise and bound."""

import pytest
from pydantic import ValidationError

from searchsvc import kinds, local
from searchsvc.metrics.objectives import Constraint, Goal
from searchsvc.training.gradient import Trial
from spaces.errors import ConflictError, UserError
from tests.searchsvc.training.test_learned import config
from tests.specs import TINY_HETEROGENEITY, TINY_SWEEP
from workers.runner import schedulers

SWEEP = {"kind": "polynomial_degree", "task": "digits"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"objective": {"metric": "accuracy/test"}},
            "objective.metric: got 'accuracy/test'; the test part never selects; allowed are accuracy/validation, ",
        ),
        (
            {"constraints": [{"metric": "accuracy/test", "at_least": 0.9}]},
            "constraints.0.metric: got 'accuracy/test'; the test part never selects",
        ),
        ({"objective": {"metric": "beauty"}}, "objective.metric: got 'beauty'; allowed are 'accuracy/validation'"),
        ({"constraints": [{"metric": "energy"}]}, "constraints.0: constraint on energy: got no bound; give at_most"),
    ],
    ids=["objective", "constraint", "unknown", "no bound"],
)
def test_a_wrong_goal_is_refused(changes, said):
    with pytest.raises(UserError) as caught:
        kinds.read({**SWEEP, **changes})
    assert str(caught.value).startswith(said)


def bounds(*given):
    return [dict(zip(("metric", "at_least", "at_most"), bound, strict=True)) for bound in given]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            [("energy", 2, 1)],
            "energy at least 2 and at most 1: nothing keeps both; lower the first or raise the second",
        ),
        ([("energy", 2, None), ("sops", 1, None), ("energy", None, 1)], "energy at least 2 and at most 1: nothing"),
        ([("energy", 2, 3), ("energy", 0, 1)], "energy at least 2 and at most 1: nothing keeps both"),
        ([("accuracy/validation", 0.9, None), ("accuracy/validation", None, 0.8)], "accuracy/validation at least 0.9"),
        ([("energy", None, -1e-9)], "energy at most -1e-09: nothing keeps it; it is at least 0"),
        ([("sops", None, -1)], "sops at most -1: nothing keeps it"),
        ([("parameters", None, 0.5)], "parameters at most 0.5: nothing keeps it"),
        ([("seconds", None, 0)], "seconds at most 0: nothing keeps it; it is above 0"),
        ([("latency", None, 0)], "latency at most 0: nothing keeps it; it is above 0"),
    ],
)
def test_constraints_that_nothing_can_keep_are_refused(given, said):
    with pytest.raises(UserError) as caught:
        kinds.read({**SWEEP, "constraints": bounds(*given)})
    assert str(caught.value).startswith(f"constraints: {said}")


def test_more_than_can_be_remembered_is_refused():
    for least, said in ((100.5, "at least 100.5: nothing keeps it; it is at most 100 here"), (100, "")):
        spec = {**TINY_HETEROGENEITY, "constraints": bounds(("memory_capacity/validation", least, None))}
        if said:
            with pytest.raises(UserError, match=f"^constraints: memory_capacity/validation {said}"):
                kinds.read(spec)
        else:
            kinds.read(spec)


def test_constraints_that_leave_a_single_value_are_kept():
    given = bounds(("energy", 1, None), ("energy", None, 1), ("sops", -1, 0), ("parameters", 1, 1), ("sops", None, 5))
    assert len(kinds.read({**SWEEP, "constraints": given}).constraints) == 5


def test_a_stored_search_of_an_earlier_release_has_its_goal_whatever_it_bounds():
    goal = Goal.of({"constraints": [{"metric": "energy", "at_least": 2, "at_most": 1}]})
    assert goal.violations({"energy": 1.5}) == ["energy <= 1", "energy >= 2"]


def test_a_bound_itself_is_kept():
    bound = Constraint(metric="energy", at_most=2.0, at_least=1.0)
    assert bound.violations(1.0) == bound.violations(2.0) == []
    assert bound.violations(2.5) == ["energy <= 2"] and bound.violations(0.5) == ["energy >= 1"]
    goal = Goal(constraints=(bound, Constraint(metric="sops", at_most=10)))
    assert goal.violations({"energy": 3.0, "sops": 11.0}) == ["energy <= 2", "sops <= 10"]
    assert goal.violations({"sops": 9.0}) == []


def test_a_specification_of_release_0_1_0_has_the_goal_of_that_time():
    assert Goal.of({"kind": "neuron_placement", "seeds": 3}) == Goal()
    assert Goal().objective.direction == "max"
    with pytest.raises(ValidationError):
        Goal.of({"objective": {"metric": "accuracy/test"}})


def test_asha_keeps_the_small_ones_when_less_is_better():
    asha = {"name": "asha", "grace_period": 1, "reduction_factor": 2}
    energy = kinds.read({**SWEEP, "scheduler": asha, "objective": {"metric": "energy"}})
    accuracy = kinds.read({**SWEEP, "scheduler": asha})
    assert energy.costs_every_epoch and not accuracy.costs_every_epoch
    for job, expected in ((energy, ["continue", "stop", "continue"]), (accuracy, ["continue", "continue", "stop"])):
        scheduler = schedulers.make(job)
        assert [scheduler.decide(trial, 1, score) for trial, score in enumerate([2.0, 3.0, 1.0])] == expected


def test_costs_of_every_epoch_are_what_the_last_one_measures():
    trial = Trial(config("lif"), 0, costs_every_epoch=True)
    first, last = trial.step(), trial.step()
    assert first.metrics["parameters"] == last.metrics["parameters"] and "energy" in first.metrics
    assert last.metrics["energy"] == last.result.metrics["energy"]
    plain = Trial(config("lif"), 0).step()
    assert plain.metrics == {name: first.metrics[name] for name in ("train_loss", "accuracy/validation")}


def test_a_local_search_follows_its_goal():
    spec = {**TINY_SWEEP, "seeds": 1, "training": {"epochs": 1, "batch_size": 256}}
    found = local.run({**spec, "objective": {"metric": "energy"}})
    energies = {t.label: t.result.metrics["energy"] for t in found.trials}
    order = [sample.label for sample in found.leaderboard()]
    assert order == sorted(energies, key=lambda label: energies[label])
    assert found.conclusion["winner"] == order[0]
    cut = sorted(energies.values())[1]
    bounded = local.LocalSearch(found.trials, None, Goal(constraints=(Constraint(metric="energy", at_least=cut),)))
    assert bounded.leaderboard()[-1].label == order[0]
    nothing = local.LocalSearch(found.trials, None, Goal(constraints=(Constraint(metric="energy", at_most=0),)))
    with pytest.raises(ConflictError, match="violates energy <= 0"):
        nothing.best()


def test_a_bound_on_a_share_is_a_share() -> None:
    with pytest.raises(ValidationError, match=r"got 95; give a share from 0 to 1"):
        Constraint(metric="accuracy/validation", at_least=95)
