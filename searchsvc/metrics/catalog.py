"""Every metric that there is, once: the scores of all tasks, those of plugins too, and what trainings measure."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING

from searchsvc.metrics.names import FRESH, is_test, parted
from spaces import catalog
from spaces.errors import UserError, got
from spaces.metrics import ACCURACY, Metric
from spaces.plugins import hint

if TYPE_CHECKING:
    from spaces.fittings.params import FittingParams
    from spaces.tasks.params import TaskParams


@cache
def declared() -> Mapping[str, Metric]:
    """Every metric by its own name, scores first.

    Raises:
        UserError: two that differ have one name.
    """
    found: dict[str, Metric] = {}
    for metric, by in _declarations():
        if found.setdefault(metric.name, metric) != metric:
            raise UserError(f"metric {metric.name}: {by} declares it otherwise than others do; give it another name")
    return {metric.name: metric for metric in sorted(found.values(), key=lambda metric: metric.is_cost)}


def _declarations() -> Iterator[tuple[Metric, str]]:
    yield ACCURACY, "accuracy"
    for name in catalog.tasks.names():
        task: type[TaskParams] = catalog.tasks.params(name)  # type: ignore[assignment]
        yield task.metric, f"task {name}"
    for name in catalog.fittings.names():
        fitting: type[FittingParams] = catalog.fittings.params(name)  # type: ignore[assignment]
        for metric in fitting.measures:
            yield metric, f"training {name}"


@cache
def every() -> Mapping[str, Metric]:
    """Every metric on each of its splits, by full name; also over fresh seeds."""
    found = (metric.on(split) for metric in declared().values() for split in _splits(metric))
    return {metric.full: metric for metric in found}


def _splits(metric: Metric) -> list[str]:
    if metric.is_cost:
        return ["", FRESH]
    return [shown for split in ("validation", "test") for shown in (split, f"{split}_{FRESH}")]


def get(full: str) -> Metric:
    """The metric of this full name.

    Raises:
        UserError: nothing here declares it.
    """
    if full not in every():
        raise UserError(f"metric: got {got(full)}, which no task and no training here declares{hint()}")
    return every()[full]


def known(full: str) -> Metric:
    """The same to show it; what only another service, or a step's report, knows is a plain number of this name."""
    name, split = parted(full)
    return declared().get(name, Metric(name)).on(split)


def check(measured: Mapping[str, float], needed: Iterable[str] = ()) -> None:
    """Refuse of a trial what nothing declares and what is no number, and that it lacks what its search needs.

    Raises:
        UserError: naming it.
    """
    if unknown := sorted(name for name in measured if name not in every()):
        declares = ", ".join(name for name in every() if FRESH not in name)
        raise UserError(
            f"metrics: got {', '.join(map(got, unknown))}; declared by tasks and trainings are {declares}{hint()}"
        )
    if missing := sorted(name for name in needed if name not in measured):
        raise UserError(
            f"metrics: got {', '.join(measured)}, but no {', '.join(missing)}, which this search ranks or trades off; "
            "search by what its trials give"
        )
    if bad := sorted(name for name, value in measured.items() if not isfinite(value)):
        raise UserError(f"metrics: got {', '.join(f'{name} {measured[name]}' for name in bad)}; give finite numbers")


def scores() -> tuple[str, ...]:
    """By which tasks are scored, on validation."""
    return tuple(name for name, metric in every().items() if not metric.is_cost and _selects(metric))


def scored(measured: Iterable[str]) -> str | None:
    """The task's score among these, of another service's tasks too; None where they have none."""
    names = list(measured)
    ours = (name for name in scores() if name in names)
    theirs = (name for name in names if name not in every() and parted(name)[1] == "validation")
    return next(ours, next(theirs, None))


def costs() -> tuple[str, ...]:
    """What networks may cost, also what selects nothing."""
    return tuple(name for name, metric in declared().items() if metric.is_cost)


def selecting() -> tuple[str, ...]:
    """What may rank, bound or be traded off: scores on validation and costs."""
    return tuple(name for name, metric in every().items() if _selects(metric))


def beside() -> list[str]:
    """In what candidates may differ beside an objective: of all that may rank costs first."""
    return sorted(selecting(), key=scores().__contains__)


def told() -> Mapping[str, Metric]:
    """What leaderboards have."""
    return {name: metric for name, metric in every().items() if metric.use != "keep"}


def sortable() -> Mapping[str, Metric]:
    """By what they can be sorted: all of it but the test part."""
    return {name: metric for name, metric in told().items() if not is_test(name)}


def _selects(metric: Metric) -> bool:
    return metric.use == "select" and metric.split in ("", "validation")
