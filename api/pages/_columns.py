"""Columns of a leaderboard: what each says of a row, and which are shown unless the reader chooses others."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from api.pages._filters import brief, number, unit
from api.schemas import Row
from searchsvc.repo.ranking import SORTABLE
from searchsvc.repo.records import DIRECTIONS

SPLITS = {
    "validation": "validation",
    "test": "test",
    "validation_confirmed": "fresh seeds",
    "test_confirmed": "test, fresh seeds",
    "confirmed": "fresh seeds",
}
TITLES = {"sops": "SOPs", "seconds": "training", "macs": "MACs", "acs": "ACs"}
USUAL = (  # columns
    *("what", "seeds", "first", "overhead", "predicted"),
    *("accuracy/validation", "accuracy/validation_confirmed", "accuracy/test", "compressed_accuracy/validation"),
    *("memory_capacity/validation", "memory_capacity/validation_confirmed", "memory_capacity/test"),
    *("energy", "firing_rate", "sops", "seconds"),
)


@dataclass(frozen=True)
class Column:
    """`cell` gives a row's text, `metric` is by which it can be sorted."""

    key: str
    title: str
    detail: str
    cell: Callable[[Row], str]
    is_number: bool = True
    metric: str | None = None

    @property
    def name(self) -> str:
        return f"{self.title}, {self.detail}" if self.detail else self.title


def offered(rows: Sequence[Row], objective: str, seeds: int) -> list[Column]:
    """All that these rows have something for, in the order in which they are shown."""
    names = {name for row in rows for name in row.metrics} | {objective}
    scores = [name for name in DIRECTIONS if name in names and DIRECTIONS[name] == "max"]
    costs = [name for name in DIRECTIONS if name in names and name not in scores]
    named = any(row.point for row in rows)
    found = [
        Column("what", "values" if named else "neurons", "" if named else "from the input", _what, is_number=False),
        *(_metric(name, True) for name in scores),
        Column("first", "against the best", "Welch, Holm", _first, is_number=False),
        Column("seeds", "seeds", "", lambda row: _seeds(row, objective, seeds)),
        *(_metric(name, name.startswith(objective)) for name in costs),
    ]
    if any(row.energy_overhead is not None for row in rows):
        found.append(Column("overhead", "energy", "against all LIF", _overhead))
    if any(row.prediction for row in rows):
        found.append(Column("predicted", "predicted", "mean ± sd", lambda row: _prediction(row, objective)))
    return [*found, Column("origin", "origin", "", lambda row: row.origin, is_number=False)]


def chosen(columns: Sequence[Column], keys: Iterable[str], objective: str) -> list[Column]:
    """Those of these keys; without any, what most readers want."""
    wanted = set(keys) or {*USUAL, objective, f"{objective}/confirmed"}
    return [column for column in columns if column.key in wanted]


def _metric(name: str, has_interval: bool) -> Column:
    metric, _, split = name.partition("/")
    detail = ", ".join(part for part in (SPLITS.get(split, split), unit(name)) if part)
    title = TITLES.get(metric, metric.replace("_", " "))
    return Column(name, title, detail, lambda row: _estimate(row, name, has_interval), metric=name)


def _estimate(row: Row, name: str, has_interval: bool) -> str:
    found = row.metrics.get(name)
    if found is None:
        return ""
    return number(found.mean, name) + (
        f" ± {number(found.ci95, name)}" if has_interval and found.ci95 is not None else ""
    )


def _what(row: Row) -> str:
    return "; ".join(f"{name} {brief(value)}" for name, value in row.point.items())


def _first(row: Row) -> str:
    """Of the best row and of those that were compared with it."""
    if row.is_best:
        return "best"
    if row.p_first is None:
        return ""
    return f"{'≈' if row.is_similar else '≠'} first (p = {row.p_first:.2g})"


def _seeds(row: Row, objective: str, seeds: int) -> str:
    found = row.metrics.get(objective) or next(iter(row.metrics.values()))
    return f"{found.n}/{seeds}"


def _overhead(row: Row) -> str:
    return "" if row.energy_overhead is None else f"{100 * row.energy_overhead:+.1f} %"


def _prediction(row: Row, objective: str) -> str:
    found = row.prediction
    return "" if found is None else f"{number(found.mean, objective)} ± {number(found.sd, objective)}"


def sort_of(column: Column, sort: str | None, objective: str) -> str | None:
    """What a click on its header sorts by: it best first, or if it is that already, worst first."""
    if column.metric not in SORTABLE:
        return None
    return f"-{column.metric}" if (sort or objective) == column.metric else column.metric


def aria_sort(column: Column, sort: str | None, objective: str) -> str | None:
    """How the table is sorted by it, in ARIA's words."""
    by = sort or objective
    if column.metric is None or by.removeprefix("-") != column.metric:
        return None
    return "descending" if (DIRECTIONS[column.metric] == "max") != by.startswith("-") else "ascending"
