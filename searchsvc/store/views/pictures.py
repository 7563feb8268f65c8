"""What pictures of a search are drawn from, beside its leaderboard."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from searchsvc.metrics import catalog
from searchsvc.metrics.words import titled
from searchsvc.store.tables import Candidate, CandidateMetric, LayerCost, Search, Trial
from searchsvc.store.views import boards, ranking, trials


class Complete(NamedTuple):
    """A candidate with all its seeds that keeps every constraint."""

    label: str
    value: float  # mean of the metric asked for
    score: float
    time: float  # when its last seed finished


def scores(session: Session, search_id: UUID, phase: str = "retrain") -> list[tuple[float, float, str, int]]:
    """Time, score, candidate and its seeds of every trial of a phase that has a score, in the order of being told."""
    query = select(Trial.finished, Trial.score, Candidate.label, Candidate.seeds)
    query = query.join(Candidate, Candidate.id == Trial.candidate_id)
    query = query.where(Trial.search_id == search_id, Trial.tell_no.is_not(None), Trial.phase == phase)
    rows = session.execute(query.order_by(Trial.tell_no))
    return [(t, score, label, seeds) for t, score, label, seeds in rows if t is not None and score is not None]


def latest(session: Session, search_id: UUID, most: int) -> list[tuple[Trial, str]]:
    """The latest trials that have begun, without those that wait to go on, and their candidates' labels."""
    query = select(Trial, Candidate.label).join(Candidate, Candidate.id == Trial.candidate_id)
    query = query.where(Trial.search_id == search_id, Trial.started.is_not(None), Trial.state != "pending")
    rows = session.execute(query.order_by(Trial.number.desc()).limit(most))
    return [(trial, label) for trial, label in rows]


def other_metrics(session: Session, search: Search) -> list[str]:
    """What its candidates differ in beside the objective: what it trades off first; before any, that alone."""
    goal, wanted = search.goal, search.tradeoffs
    rows, _ = boards.leaderboard(session, search.id, limit=1)
    measured = [name for row in rows for name in catalog.beside() if name in row.metrics]
    names = [name for name in dict.fromkeys([*wanted, *measured]) if name != goal.objective.metric]
    return [name for name in names if _varies(session, search.id, name)]


def _varies(session: Session, search_id: UUID, metric: str) -> bool:
    """Candidates differ in it, or none has it yet; two reads of an index."""
    query = select(CandidateMetric.mean).where(CandidateMetric.search_id == search_id)
    query = query.where(CandidateMetric.metric == metric)
    ends = [session.scalar(query.order_by(by).limit(1)) for by in (CandidateMetric.mean, CandidateMetric.mean.desc())]
    return ends[0] is None or ends[0] != ends[1]


def complete(session: Session, search: Search, metric: str) -> list[Complete]:
    """Candidates with all their seeds that keep every constraint and have this metric, best score first."""
    goal, other = search.goal, aliased(CandidateMetric)
    kept = ranking.groups(search.id, goal, complete=True)[0].subquery()
    last = select(Trial.candidate_id, func.max(Trial.finished).label("time"))
    last = last.where(Trial.search_id == search.id, Trial.state == "done", Trial.phase == "retrain")
    times = last.group_by(Trial.candidate_id).subquery()
    query = select(Candidate.label, Candidate.aliases, other.mean, kept.c.mean, times.c.time)
    query = query.join(kept, Candidate.id == kept.c.candidate_id).join(times, times.c.candidate_id == Candidate.id)
    query = query.join(other, other.candidate_id == Candidate.id)
    query = query.where(other.metric == metric)
    order = kept.c.mean.desc() if goal.objective.direction == "max" else kept.c.mean
    rows = session.execute(query.order_by(order, kept.c.candidate_id))
    return [Complete(titled(label, aliases), *numbers) for label, aliases, *numbers in rows]


def layers(session: Session, trial_id: UUID) -> Sequence[LayerCost]:
    """What the layers of a trial's network cost, from the input; none before it has ended well."""
    query = select(LayerCost).where(LayerCost.trial_id == trial_id)
    return session.scalars(query.order_by(LayerCost.position)).all()


def baseline(session: Session, search_id: UUID) -> Candidate | None:
    """The first of a search's baselines."""
    query = select(Candidate).where(Candidate.search_id == search_id, Candidate.origin == boards.BASELINE)
    return session.scalars(query.order_by(Candidate.number).limit(1)).first()


def first_done(session: Session, search_id: UUID, number: int) -> Trial | None:
    """The first trial that ended well of the candidate of this number."""
    candidate = select(Candidate.id).where(Candidate.search_id == search_id, Candidate.number == number)
    return trials.first_done(session, session.scalars(candidate).one())
