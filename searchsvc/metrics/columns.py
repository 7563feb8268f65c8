"""Columns of a leaderboard: what each says of a row, and which are shown unless the reader chooses others.

Terminal and pages show the same ones. What says which candidate a row is stays; of the others the least important are
left out where there is no room: `by_importance` is their order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from searchsvc.metrics import catalog
from searchsvc.metrics.names import fresh, on_test
from searchsvc.metrics.numbers import Numbers, p_value, relative
from searchsvc.metrics.words import SPLITS, UNTESTED
from spaces.space.points import described

COSTS = ("energy", "overhead", "firing_rate")  # that most readers want
USUAL = ("what", "seeds", "first", *COSTS, "predicted", "compressed_accuracy/validation")  # and scores


class Row(Protocol):
    """A candidate's place, as the API has it or as its answer says it: estimates are objects or mappings."""

    @property
    def metrics(self) -> Mapping[str, Any]: ...
    @property
    def placement(self) -> Sequence[str]: ...
    @property
    def point(self) -> Mapping[str, Any]: ...
    @property
    def prediction(self) -> Any: ...
    @property
    def origin(self) -> str: ...
    @property
    def is_best(self) -> bool: ...
    @property
    def is_similar(self) -> bool | None: ...
    @property
    def p_first(self) -> float | None: ...
    @property
    def difference_first(self) -> float | None: ...
    @property
    def energy_overhead(self) -> float | None: ...


@dataclass(frozen=True)
class Column:
    """`cell` gives a row's text, `metric` is by which it can be sorted; `part` says of what it is, such as test."""

    key: str
    title: str
    part: str
    unit: str
    cell: Callable[[Any], str]
    is_number: bool = True
    metric: str | None = None

    @property
    def heading(self) -> str:
        """In lines, so that it is narrow: the unit stands behind the last part."""
        parts = self.part.split(", ") if self.part else []
        last = [f"{parts[-1]} {self.unit}".rstrip()] if parts else [self.unit]
        return "\n".join(filter(None, [self.title, *parts[:-1], *last]))

    @property
    def detail(self) -> str:
        return ", ".join(filter(None, (self.part, self.unit)))

    @property
    def name(self) -> str:
        return ", ".join(filter(None, (self.title, self.part, self.unit)))


def offered(rows: Sequence[Row], objective: str, seeds: int, compared_with: str) -> list[Column]:
    """All that these rows have something for, in the order in which they are shown."""
    names = {name for row in rows for name in row.metrics} | {objective}
    own = [name for name in (objective, fresh(objective)) if name in names]
    others = [name for name in (*catalog.told(), *sorted(names - catalog.told().keys())) if name in names - {*own}]
    scores = [name for name in others if not catalog.known(name).is_cost]
    numbers = {name: _numbers(rows, name) for name in names}
    named = any(row.point for row in rows)
    found = [
        *(_metric(name, numbers[name], True) for name in own),
        Column("what", "values" if named else "neurons", "" if named else "from the input", "", what, is_number=False),
        *(_metric(name, numbers[name], True) for name in scores),
        _first(rows, objective, numbers[objective]),
        Column("seeds", "seeds", "", "", lambda row: _seeds(row, objective, seeds)),
        *(_metric(name, numbers[name], False) for name in others if name not in scores),
    ]
    if any(row.energy_overhead is not None for row in rows):
        place = next(i for i, column in enumerate(found) if column.key == "energy")
        against = f"against {compared_with}"
        found.insert(place + 1, Column("overhead", "energy", against, "", lambda row: relative(row.energy_overhead)))
    if any(row.prediction for row in rows):
        found.append(_predicted(rows, objective, numbers[objective]))
    return [*found, Column("origin", "origin", "", "", lambda row: row.origin, is_number=False)]


def usual(columns: Sequence[Column], objective: str) -> set[str]:
    """The keys of what most readers want."""
    there = {column.key for column in columns}
    scores = {*catalog.scores(), objective}
    tests = {next((test for test in on_test(name) if test in there), "") for name in scores}
    return there & {*USUAL, *tests, *scores, *map(fresh, scores)}


def by_importance(columns: Sequence[Column], objective: str) -> list[Column]:
    """The objective and what it is over fresh seeds; then seeds, the difference from the best, costs, other scores."""
    order = [objective, fresh(objective), "seeds", "first", *COSTS, *on_test(objective), "predicted"]
    ranks = {key: rank for rank, key in enumerate(dict.fromkeys(order))}
    return sorted(columns, key=lambda column: ranks.get(column.key, len(ranks)))


def what(row: Row) -> str:
    """What a candidate is: its values of the named dimensions, or its neurons by layer."""
    return described(row.point) if row.point else " ".join(row.placement)


def _numbers(rows: Sequence[Row], name: str) -> Numbers:
    found = [row.metrics[name] for row in rows if name in row.metrics]
    return Numbers.of(name, [_of(one, "mean") for one in found], [_of(one, "ci95") for one in found])


def _of(found: Any, name: str) -> Any:
    return found.get(name) if isinstance(found, Mapping) else getattr(found, name)


def _metric(name: str, numbers: Numbers, has_interval: bool) -> Column:
    metric = catalog.known(name)
    part = SPLITS.get(metric.split, metric.split)

    def cell(row: Row) -> str:
        found = row.metrics.get(name)
        return "" if found is None else numbers.spread(_of(found, "mean"), _of(found, "ci95") if has_interval else None)

    return Column(name, metric.said, part, numbers.unit, cell, metric=name)


def _first(rows: Sequence[Row], objective: str, numbers: Numbers) -> Column:
    """Of the best row, and of the leaders that were compared with it their difference."""
    differences = Numbers.of(objective, [row.difference_first for row in rows], like=numbers)

    def cell(row: Row) -> str:
        if row.is_best:
            return "best"
        gap = "" if row.difference_first is None else f" {differences.signed(row.difference_first)}"
        if row.p_first is None:
            return f"{gap.strip()} ({UNTESTED})" if gap else ""
        return f"{'≈' if row.is_similar else '≠'}{gap} (p = {p_value(row.p_first)})"

    unit = "points" if numbers.is_share else numbers.unit
    return Column("first", "against the best", "", unit, cell, is_number=False)


def _seeds(row: Row, objective: str, seeds: int) -> str:
    """Further seeds, of a space that is used up, are more than all."""
    n = _of(row.metrics.get(objective) or next(iter(row.metrics.values()), {"n": 0}), "n")
    return f"{n}/{max(n, seeds)}"


def _predicted(rows: Sequence[Row], objective: str, numbers: Numbers) -> Column:
    found = [row.prediction for row in rows if row.prediction]
    expected = Numbers.of(objective, [_of(p, "mean") for p in found], [_of(p, "sd") for p in found], like=numbers)

    def cell(row: Row) -> str:
        return expected.spread(_of(row.prediction, "mean"), _of(row.prediction, "sd")) if row.prediction else ""

    return Column("predicted", "predicted", "mean ± sd", "", cell)
