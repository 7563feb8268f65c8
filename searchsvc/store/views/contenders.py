"""Which of all searches of a task have the best candidates: of each one its best score, found by the ranking index.

Searches of one goal and as many seeds share a statement, so its cost is a small range of the index for each search.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, select
from sqlalchemy.orm import Session

from searchsvc.metrics.names import fresh
from searchsvc.metrics.objectives import Goal
from searchsvc.store.tables import CandidateMetric, Search
from searchsvc.store.views import ranking

CHUNK = 500  # searches of a statement

task_name: ColumnElement[str] = Search.spec["task"]["name"].as_string()


@dataclass(frozen=True)
class Contender:
    """A search with a complete candidate that keeps its constraints."""

    search_id: UUID
    confirmed: float | None  # the best mean over fresh seeds
    own: float  # the best mean over the search's own seeds


@dataclass(frozen=True)
class Alike:
    """Searches of one goal with as many seeds."""

    goal: Goal
    seeds: int
    ids: Sequence[UUID]


def alike(session: Session, task: str) -> list[Alike]:
    """All searches of a task."""
    fields = [Search.spec[name].as_string() for name in Goal.model_fields]  # as text, which costs nothing to compare
    rows = session.execute(
        select(Search.id, Search.spec["seeds"].as_integer(), *fields).where(task_name == task).order_by(Search.id)
    )
    found: dict[tuple[Any, ...], list[UUID]] = defaultdict(list)
    for search_id, *alike in rows:
        found[tuple(alike)].append(search_id)
    return [Alike(_goal(texts), seeds, ids) for (seeds, *texts), ids in found.items()]


def _goal(texts: Sequence[str | None]) -> Goal:
    """Of its fields' JSON; one that is missing has its default."""
    given = zip(Goal.model_fields, texts, strict=True)
    return Goal.of({name: json.loads(text) for name, text in given if text is not None})


def contenders(session: Session, groups: Sequence[Alike]) -> list[Contender]:
    """Searches of one objective, those with the best candidates first: confirmed ones, by that, then the others."""
    found = [contender for group in groups for contender in _contenders(session, group)]
    sign = groups[0].goal.objective.sign if groups else 1

    def place(one: Contender) -> tuple[bool, float, UUID]:
        return one.confirmed is None, -sign * (one.own if one.confirmed is None else one.confirmed), one.search_id

    return sorted(found, key=place)


def _contenders(session: Session, group: Alike) -> Iterator[Contender]:
    metric = group.goal.objective.metric
    own, again = _best(group, metric, complete=True), _best(group, fresh(metric), fresh=group.seeds)
    for start in range(0, len(group.ids), CHUNK):
        ids = group.ids[start : start + CHUNK]
        for search_id, confirmed, mean in session.execute(select(Search.id, again, own).where(Search.id.in_(ids))):
            if mean is not None:
                yield Contender(search_id, confirmed, mean)


def _best(group: Alike, metric: str, **seeds: Any) -> ScalarSelect[float]:
    """The best mean that a search's candidates with all these seeds (`ranking.groups`) have of a metric."""
    order = ranking.Order(metric, group.goal.objective.direction == "max")
    first = ranking.groups(Search.id, group.goal, order, **seeds)[0]
    return first.with_only_columns(CandidateMetric.mean).limit(1).scalar_subquery()
