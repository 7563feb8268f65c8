"""Columns of a leaderboard: what each says of a row, and which are shown unless the reader chooses others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.pages._filters import SPLITS, brief, signed, spread, unit
from api.schemas import Row
from searchsvc.metrics import catalog
from searchsvc.metrics.names import fresh, on_test
from searchsvc.metrics.words import UNTESTED

USUAL = ("what", "seeds", "first", "overhead", "predicted", "energy", "compressed_accuracy/validation")  # and scores


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


def offered(rows: Sequence[Row], objective: str, seeds: int, compared_with: str) -> list[Column]:
    """All that these rows have something for, in the order in which they are shown."""
    names = {name for row in rows for name in row.metrics} | {objective}
    own = [name for name in (objective, fresh(objective)) if name in names]
    others = [name for name in (*catalog.told(), *sorted(names - catalog.told().keys())) if name in names - {*own}]
    scores = [name for name in others if not catalog.known(name).is_cost]
    named = any(row.point for row in rows)
    found = [
        *(_metric(name, True) for name in own),
        Column("what", "values" if named else "neurons", "" if named else "from the input", _what, is_number=False),
        *(_metric(name, True) for name in scores),
        Column("first", "against the best", _points(objective), lambda row: _first(row, objective), is_number=False),
        Column("seeds", "seeds", "", lambda row: _seeds(row, objective, seeds)),
        *(_metric(name, False) for name in others if name not in scores),
    ]
    if any(row.energy_overhead is not None for row in rows):
        place = next(i for i, column in enumerate(found) if column.key == "energy")
        found.insert(place + 1, Column("overhead", "energy", f"against {compared_with}", _overhead))
    if any(row.prediction for row in rows):
        found.append(Column("predicted", "predicted", "mean ± sd", lambda row: _prediction(row, objective)))
    return [*found, Column("origin", "origin", "", lambda row: row.origin, is_number=False)]


def usual(columns: Sequence[Column], objective: str) -> set[str]:
    """The keys of what most readers want."""
    there = {column.key for column in columns}
    scores = {*catalog.scores(), objective}
    tests = {next((test for test in on_test(name) if test in there), "") for name in scores}
    return there & {*USUAL, *tests, *scores, *map(fresh, scores)}


def chosen(columns: Sequence[Column], keys: Sequence[str], known: Sequence[str], objective: str) -> list[Column]:
    """Those of these keys; without any the usual ones, and if some were `known` at the choice, the usual others too.

    So columns that come later, such as the test part's, are shown to a reader who has not left them out.
    """
    wanted = usual(columns, objective)
    if keys:
        wanted = {*keys, *(wanted - set(known) if known else ())}
    return [column for column in columns if column.key in wanted]


def _points(objective: str) -> str:
    return "points" if catalog.known(objective).is_share else unit(objective)


def _metric(name: str, has_interval: bool) -> Column:
    metric = catalog.known(name)
    detail = ", ".join(part for part in (SPLITS.get(metric.split, metric.split), metric.unit) if part)
    return Column(name, metric.said, detail, lambda row: _estimate(row, name, has_interval), metric=name)


def _estimate(row: Row, name: str, has_interval: bool) -> str:
    found = row.metrics.get(name)
    if found is None:
        return ""
    return spread(found.mean, found.ci95 if has_interval else None, name)


def _what(row: Row) -> str:
    return "; ".join(f"{name} {brief(value)}" for name, value in row.point.items())


def _first(row: Row, objective: str) -> str:
    """Of the best row, and of the leaders that were compared with it their difference."""
    if row.is_best:
        return "best"
    gap = "" if row.difference_first is None else f" {signed(row.difference_first, objective)}"
    if row.p_first is None:
        return f"{gap.strip()} ({UNTESTED})" if gap else ""
    return f"{'≈' if row.is_similar else '≠'}{gap} (p = {row.p_first:.2g})"


def _seeds(row: Row, objective: str, seeds: int) -> str:
    found = row.metrics.get(objective) or next(iter(row.metrics.values()))
    return f"{found.n}/{max(found.n, seeds)}"


def _overhead(row: Row) -> str:
    return "" if row.energy_overhead is None else f"{100 * row.energy_overhead:+.1f} %"


def _prediction(row: Row, objective: str) -> str:
    found = row.prediction
    return "" if found is None else spread(found.mean, found.sd, objective)


def sort_of(column: Column, sort: str | None, objective: str) -> str | None:
    """What a click on its header sorts by: it best first, or if it is that already, worst first."""
    if column.metric not in catalog.sortable():
        return None
    return f"-{column.metric}" if (sort or objective) == column.metric else column.metric


def aria_sort(column: Column, sort: str | None, objective: str) -> str | None:
    """How the table is sorted by it, in ARIA's words."""
    by = sort or objective
    if column.metric is None or by.removeprefix("-") != column.metric:
        return None
    return "descending" if (catalog.get(column.metric).direction == "max") != by.startswith("-") else "ascending"
