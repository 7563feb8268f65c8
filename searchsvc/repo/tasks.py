"""The best candidates of a task across its searches.

Of each of the newest `SEARCHES` searches its first few complete candidates that keep the constraints, each a range of
the index that ranks them: no search is read whole. Only searches of one objective are compared.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from searchsvc.models import Candidate, Search
from searchsvc.objectives import Goal
from searchsvc.repo import boards, points, ranking
from searchsvc.repo.events import FINAL_STATES

SEARCHES = 200  # of a task, the newest
BEST = 3  # candidates of a search

task_name: ColumnElement[str] = Search.spec["task"]["name"].as_string()


@dataclass(frozen=True)
class Leader:
    """A candidate among the best of its search."""

    search: Search
    candidate: Candidate
    mean: float  # of the objective
    metrics: dict[str, boards.Estimate]
    point: dict[str, Any]


@dataclass(frozen=True)
class Board:
    """A task's leaders of one objective, best first."""

    metric: str | None  # None: the task has no search
    leaders: Sequence[Leader]
    others: Sequence[str]  # objectives of further searches of the task
    searches: int  # that were looked at, of this objective
    total: int  # searches of the task
    differs: Sequence[str]  # parameters of the task that are not the same in all of them


def counts(session: Session) -> dict[str, int]:
    """How many searches each task has."""
    rows = session.execute(select(task_name, func.count()).group_by(task_name)).all()
    return {name: count for name, count in rows}  # noqa: C416 - rows are no pairs to a type checker


def board(session: Session, task: str, metric: str | None = None, *, best: int = BEST) -> Board:
    """The best candidates of the task by `metric`; None: the objective that most of its searches have."""
    newest = session.scalars(select(Search).where(task_name == task).order_by(Search.id.desc()).limit(SEARCHES)).all()
    goals = {search.id: Goal.of(search.spec) for search in newest}
    by_metric = Counter(goal.objective.metric for goal in goals.values())
    chosen = metric or next((name for name, _ in by_metric.most_common(1)), None)
    searches = [search for search in newest if goals[search.id].objective.metric == chosen]
    return Board(
        metric=chosen,
        leaders=_leaders(session, searches, goals, best),
        others=sorted(by_metric.keys() - {chosen}),
        searches=len(searches),
        total=session.scalars(select(func.count()).where(task_name == task)).one(),
        differs=_differing([search.spec["task"] for search in searches]),
    )


def _leaders(session: Session, searches: Sequence[Search], goals: Mapping[UUID, Goal], best: int) -> list[Leader]:
    if not searches:
        return []
    by_id, objective = {search.id: search for search in searches}, goals[searches[0].id].objective
    ids = _firsts(session, searches, goals, best)
    metrics, found = boards.estimates(session, ids), []
    for candidate in session.scalars(select(Candidate).where(Candidate.id.in_(ids)).order_by(Candidate.id)):
        search, every = by_id[candidate.search_id], metrics[candidate.id]
        told = {name: e for name, e in every.items() if search.state in FINAL_STATES or not _test(name)}
        point = points.values(search.spec, candidate.configuration)
        found.append(Leader(search, candidate, every[objective.metric].mean, told, point))
    return sorted(found, key=lambda leader: -objective.sign * leader.mean)


def _firsts(session: Session, searches: Sequence[Search], goals: Mapping[UUID, Goal], best: int) -> list[int]:
    """The first complete candidates of each search that keep the constraints: a small range of the index each."""
    firsts = [ranking.groups(s.id, goals[s.id], seeds=s.spec["seeds"])[0].limit(best) for s in searches]
    return [number for first in firsts for number in session.scalars(first)]


def _test(name: str) -> bool:
    """Told once, at the end: before, it might steer who watches."""
    return name.partition("/")[2].startswith("test")


def _differing(tasks: Sequence[dict[str, Any]]) -> list[str]:
    """Names of what is not the same in all of them.

    >>> _differing([{"name": "digits", "split_seed": 0}, {"name": "digits", "split_seed": 1}])
    ['split_seed']
    """
    names = sorted({name for task in tasks for name in task})
    return [name for name in names if any(task.get(name) != tasks[0].get(name) for task in tasks)]
