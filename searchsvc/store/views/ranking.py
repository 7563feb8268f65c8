"""The order of a leaderboard: candidates by the mean of a metric, those that violate a constraint behind.

Both groups are ranges of the index that ranks candidates, so a page costs what it holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from searchsvc.metrics import catalog
from searchsvc.metrics.names import is_test
from searchsvc.metrics.objectives import Constraint, Goal
from searchsvc.store.tables import Candidate, CandidateMetric, Trial
from spaces.errors import UserError, got

m = CandidateMetric
EARLY = 2
GONE = ("pruned", "failed", "cancelled")  # trials without a result


@dataclass(frozen=True)
class Place:
    candidate_id: int
    mean: float
    group: int  # 0: keeps every constraint, 1: violates one, EARLY: has no result


@dataclass(frozen=True)
class Order:
    """By the mean of this metric."""

    metric: str
    is_descending: bool

    def __str__(self) -> str:
        return f"{self.metric}.{'down' if self.is_descending else 'up'}"

    @classmethod
    def of(cls, goal: Goal, sort: str | None = None) -> Self:
        """The objective's; or that of the metric `sort`, best first, and with a leading minus worst first.

        Raises:
            UserError: no such metric, or one of the test part.
        """
        if sort is None:
            return cls(goal.objective.metric, goal.objective.direction == "max")
        name, sortable = sort.removeprefix("-"), catalog.sortable()
        if name not in sortable:
            reason = "the test part never ranks" if is_test(name) else "there is no such metric or cost"
            allowed = f"allowed are {', '.join(sortable)}, each also with a leading minus"
            raise UserError(f"sort: got {got(sort)}; {reason}; {allowed}")
        return cls(name, (sortable[name].direction == "max") != sort.startswith("-"))


def groups(
    search_id: UUID | InstrumentedAttribute[UUID],
    goal: Goal,
    order: Order | None = None,
    *,
    complete: bool = False,
    fresh: int = 1,
) -> list[Select[int, float]]:
    """Candidates, best first; then those that violate a constraint.

    Args:
        complete: only those with as many trials as they must have to count.
        fresh: only those with so many values, of a metric over fresh seeds.
    """
    by = order or Order.of(goal)
    ranked = (
        select(m.candidate_id, m.mean)
        .where(m.search_id == search_id, m.metric == by.metric, m.n >= fresh)
        .order_by(m.mean.desc() if by.is_descending else m.mean, m.candidate_id)
    )
    if complete:
        own = aliased(Candidate)
        ranked = ranked.where(m.n >= select(own.seeds).where(own.id == m.candidate_id).scalar_subquery())
    if not goal.constraints:
        return [ranked]
    violates = or_(*(_violates(constraint) for constraint in goal.constraints))
    return [ranked.where(~violates), ranked.where(violates)]


def ended_early(search_id: UUID) -> Select[int, float]:
    """Candidates without a result, since a scheduler ended their trials early, by number."""
    trials = select(Trial.id).where(Trial.candidate_id == Candidate.id)
    early, others = (trials.where(state).exists() for state in (Trial.state == "pruned", Trial.state.not_in(GONE)))
    own = select(Candidate.id, literal(0.0)).where(Candidate.search_id == search_id, Candidate.phase == "retrain")
    return own.where(early, ~others).order_by(Candidate.id)


def page(
    session: Session,
    search_id: UUID,
    goal: Goal,
    order: Order,
    limit: int,
    after: Place | None = None,
    *,
    early: bool = False,
) -> list[tuple[Candidate, Place]]:
    """The first `limit` candidates, or those that follow `after`; with `early` also those that were ended early."""
    parts = list(enumerate(groups(search_id, goal, order)))
    if after and after.group == EARLY:
        parts = []
    elif after:  # those that tie with it, then those behind: each a range of the index
        behind = m.mean < after.mean if order.is_descending else m.mean > after.mean
        ranked = parts[after.group][1]
        tied = ranked.where(m.mean == after.mean, m.candidate_id > after.candidate_id)
        parts = [(after.group, tied), (after.group, ranked.where(behind)), *parts[after.group + 1 :]]
    found: list[tuple[Candidate, Place]] = []
    for group, part in parts:
        if missing := limit - len(found):
            query = part.join(Candidate, Candidate.id == m.candidate_id).add_columns(Candidate).limit(missing)
            found += [(candidate, Place(number, mean, group)) for number, mean, candidate in session.execute(query)]
    if early and (missing := limit - len(found)):
        rest = ended_early(search_id).add_columns(Candidate).limit(missing)
        if after and after.group == EARLY:
            rest = rest.where(Candidate.id > after.candidate_id)
        found += [(candidate, Place(number, mean, EARLY)) for number, mean, candidate in session.execute(rest)]
    return found


def write_cursor(search_id: UUID, order: Order, rank: int, last: Place) -> str:
    return f"{search_id}:{order}:{rank}:{last.group}:{last.mean!r}:{last.candidate_id}"


def read_cursor(cursor: str, search_id: UUID, order: Order, goal: Goal) -> tuple[int, Place]:
    """The rank and place that a cursor names.

    Raises:
        UserError: it is none, or of another search or order.
    """
    try:
        search, by, rank, group, mean, candidate = cursor.split(":")
        if not all(0 <= int(part) < 2**31 for part in (rank, candidate)) or int(group) not in (*_numbers(goal), EARLY):
            raise ValueError
        place = int(rank), Place(int(candidate), float(mean), int(group))
    except ValueError:
        raise UserError(f"cursor: got {got(cursor)}; give the next_cursor of an earlier answer") from None
    if (search, by) != (str(search_id), str(order)):
        raise UserError(
            f"cursor: got that of search {got(search)} by {got(by)}; give the next_cursor of an earlier answer "
            f"about search {search_id} by {order}"
        )
    return place


def _numbers(goal: Goal) -> Sequence[int]:
    return range(2 if goal.constraints else 1)


def _violates(constraint: Constraint) -> ColumnElement[bool]:
    other = aliased(m)
    bounds = []
    if constraint.at_most is not None:
        bounds.append(other.mean > constraint.at_most)
    if constraint.at_least is not None:
        bounds.append(other.mean < constraint.at_least)
    own = select(other.n).where(other.candidate_id == m.candidate_id, other.metric == constraint.metric)
    return own.where(or_(*bounds)).exists()
