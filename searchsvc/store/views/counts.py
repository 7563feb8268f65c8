"""How far a search is."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from searchsvc.store.tables import Candidate, CandidateMetric, Report, Search, Trial
from searchsvc.store.views import ranking


@dataclass(frozen=True)
class Progress:
    """Of a search: how many trials run, how many its scheduler ended early, and what is done in trials."""

    running: int
    pruned: int
    ended: float  # with the finished steps of those that have not ended


def count(session: Session, search_id: UUID) -> int:
    """How many candidates have been suggested; a super network, which is the first, is none that ranks."""
    own = select(Candidate).where(Candidate.search_id == search_id)
    first = session.scalars(own.where(Candidate.number == 1)).one_or_none()
    newest = session.scalars(select(func.max(Candidate.number)).where(Candidate.search_id == search_id)).one() or 0
    return newest - (first is not None and first.phase == "search")


def listed(session: Session, search: Search, order: ranking.Order, *, early: bool) -> int:
    """How many candidates its leaderboard has in this order."""
    m = CandidateMetric
    ranked = select(func.count()).where(m.search_id == search.id, m.metric == order.metric)
    found = session.scalars(ranked).one()
    if early and search.spec.get("scheduler"):
        found += session.scalars(select(func.count()).select_from(ranking.ended_early(search.id).subquery())).one()
    return found


def progress(session: Session, search: Search) -> Progress:
    """How far it is now."""
    steps = select(func.count(Report.step.distinct())).where(Report.trial_id == Trial.id).scalar_subquery()
    own = Trial.search_id == search.id
    query = select(Trial.state, Trial.steps, steps).where(own, Trial.state.in_(("pending", "running")))
    rows = session.execute(query).all()
    pruned = 0
    if search.spec.get("scheduler"):
        pruned = session.scalars(select(func.count()).where(own, Trial.state == "pruned")).one()
    ended = search.tell_count + search.failed_count + pruned + sum(done / total for _, total, done in rows)
    return Progress(sum(state == "running" for state, _, _ in rows), pruned, ended)
