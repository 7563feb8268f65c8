"""The catalog of metrics against what there is to be measured: nothing is declared twice, and nothing forgotten."""

import pytest
from pydantic import ValidationError

from searchsvc.metrics import catalog
from searchsvc.metrics.names import current, fresh, parted
from searchsvc.metrics.objectives import Goal, Objective
from searchsvc.metrics.words import shown
from spaces import catalog as spaces
from spaces.errors import UserError
from spaces.metrics import Metric

MEASURED = {"accuracy/validation": 0.5, "energy": 1e-9, "seconds": 1.0}


def test_every_metric_has_one_full_name_and_is_found_by_it() -> None:
    for name, metric in catalog.every().items():
        assert metric.full == name and catalog.get(name) is metric
        assert parted(name) == (metric.name, metric.split)
    assert all(fresh(name) in catalog.every() for name in (*catalog.selecting(), "accuracy/test"))


def test_every_task_is_scored_by_a_metric_that_may_select() -> None:
    for name in spaces.tasks.names():
        metric = spaces.tasks.params(name).metric  # type: ignore[attr-defined]
        assert metric.on("validation").full in catalog.selecting()
        assert metric.on("test").full not in catalog.selecting()


@pytest.mark.parametrize("name", ["beauty", "accuracy", "accuracy/train", "energy/test"])
def test_what_nothing_declares_is_refused_by_name(name: str) -> None:
    with pytest.raises(UserError, match=f"got '{name}', which no task and no training here declares"):
        catalog.get(name)
    with pytest.raises(UserError, match=f"metrics: got '{name}'; declared by tasks and trainings are accuracy/val"):
        catalog.check({**MEASURED, name: 1.0})
    if name == "accuracy":  # as an objective it is that on validation, since nothing else selects
        assert Objective(metric=name).metric == "accuracy/validation"
        return
    with pytest.raises(ValidationError):
        Objective(metric=name)


def test_what_a_search_ranks_by_must_be_measured() -> None:
    catalog.check(MEASURED, ["energy"])
    with pytest.raises(UserError, match="but no firing_rate, which this search ranks or trades off"):
        catalog.check(MEASURED, ["energy", "firing_rate"])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(UserError, match=f"got energy {value}; give finite numbers"):
        catalog.check({**MEASURED, "energy": value})


def test_a_stored_goal_of_a_plugin_that_is_gone_is_read_and_does_not_guess_what_is_better() -> None:
    goal = Goal.of({"objective": {"metric": "error/validation"}})
    assert goal.objective.metric == "error/validation" and goal.violations({"error/validation": 1.0}) == []
    with pytest.raises(UserError, match="got 'error/validation', which no task"):
        _ = goal.objective.sign
    assert shown("error/validation", 0.25) == "0.25"


def test_two_tasks_cannot_mean_different_things_by_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    task = spaces.tasks.params("digits")
    monkeypatch.setattr(task, "metric", Metric("accuracy", "min"), raising=False)
    catalog.declared.cache_clear()
    try:
        with pytest.raises(UserError, match="metric accuracy: task digits declares it otherwise than others do"):
            catalog.declared()
    finally:
        monkeypatch.undo()
        catalog.declared.cache_clear()


def test_names_of_earlier_releases_are_those_of_today() -> None:
    assert current("validation_accuracy") == "accuracy/validation" and current("train_loss") == "train_loss"
