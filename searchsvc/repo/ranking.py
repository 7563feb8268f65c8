"""The order of a leaderboard: candidates by the mean of a metric, those that violate a constraint behind.

Both groups are ranges of the index that ranks candidates, so a page costs what it holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, aliased

from searchsvc.models import Candidate, CandidateMetric
from searchsvc.objectives import Constraint, Goal
from searchsvc.repo.records import DIRECTIONS
from spaces.errors import UserError

m = CandidateMetric
SORTABLE = {name: direction for name, direction in DIRECTIONS.items() if "/test" not in name}


@dataclass(frozen=True)
class Place:
    candidate_id: int
    mean: float
    group: int  # 0: keeps every constraint, 1: violates one


@dataclass(frozen=True)
class Order:
    """By the mean of this metric."""

    metric: str
    is_descending: bool

    @classmethod
    def of(cls, goal: Goal, sort: str | None = None) -> Self:
        """The objective's; or that of the metric `sort`, best first, and with a leading minus worst first.

        Raises:
            UserError: no such metric, or one of the test part.
        """
        if sort is None:
            return cls(goal.objective.metric, goal.objective.direction == "max")
        name = sort.removeprefix("-")
        if name not in SORTABLE:
            raise UserError(f"sort: got {sort!r}; the test part never ranks; allowed are {', '.join(SORTABLE)}")
        return cls(name, (SORTABLE[name] == "max") != sort.startswith("-"))


def groups(search_id: UUID, goal: Goal, order: Order | None = None, *, seeds: int = 1) -> list[Select[int, float]]:
    """Candidates with at least so many seeds, best first; then those that violate a constraint."""
    by = order or Order.of(goal)
    metric, _, split = by.metric.partition("/")
    ranked = (
        select(m.candidate_id, m.mean)
        .where(m.search_id == search_id, m.metric == metric, m.split == split, m.n >= seeds)
        .order_by(m.mean.desc() if by.is_descending else m.mean, m.candidate_id)
    )
    if not goal.constraints:
        return [ranked]
    violates = or_(*(_violates(constraint) for constraint in goal.constraints))
    return [ranked.where(~violates), ranked.where(violates)]


def page(
    session: Session, search_id: UUID, goal: Goal, order: Order, limit: int, after: Place | None = None
) -> list[tuple[Candidate, Place]]:
    """The first `limit` candidates, or those that follow `after`."""
    parts = list(enumerate(groups(search_id, goal, order)))
    if after:  # those that tie with it, then those behind: each a range of the index
        behind = m.mean < after.mean if order.is_descending else m.mean > after.mean
        ranked = parts[after.group][1]
        tied = ranked.where(m.mean == after.mean, m.candidate_id > after.candidate_id)
        parts = [(after.group, tied), (after.group, ranked.where(behind)), *parts[after.group + 1 :]]
    found: list[tuple[Candidate, Place]] = []
    for group, part in parts:
        if missing := limit - len(found):
            query = part.join(Candidate, Candidate.id == m.candidate_id).add_columns(Candidate).limit(missing)
            found += [(candidate, Place(number, mean, group)) for number, mean, candidate in session.execute(query)]
    return found


def write_cursor(rank: int, last: Place) -> str:
    return f"{rank}:{last.group}:{last.mean!r}:{last.candidate_id}"


def read_cursor(cursor: str, goal: Goal) -> tuple[int, Place]:
    try:
        rank, group, mean, candidate = cursor.split(":")
        if not all(0 <= int(part) < 2**31 for part in (rank, candidate)) or int(group) not in _numbers(goal):
            raise ValueError
        return int(rank), Place(int(candidate), float(mean), int(group))
    except ValueError:
        raise UserError(f"cursor: got {cursor!r}; give the next_cursor of an earlier answer") from None


def _numbers(goal: Goal) -> Sequence[int]:
    return range(2 if goal.constraints else 1)


def _violates(constraint: Constraint) -> ColumnElement[bool]:
    other = aliased(m)
    metric, _, split = constraint.metric.partition("/")
    bounds = []
    if constraint.at_most is not None:
        bounds.append(other.mean > constraint.at_most)
    if constraint.at_least is not None:
        bounds.append(other.mean < constraint.at_least)
    own = select(other.n).where(other.candidate_id == m.candidate_id, other.metric == metric, other.split == split)
    return own.where(or_(*bounds)).exists()
