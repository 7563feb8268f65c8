"""What pages look up beside what searches have found: a trial by its number, its like, and what happened last."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchsvc.store.tables import Artifact, Candidate, CandidateMetric, Event, Search, Trial
from searchsvc.store.views import ranking
from spaces.errors import NotFoundError


def trial(session: Session, search_id: UUID, number: int) -> tuple[Trial, Candidate]:
    """A search's trial of this number, with its candidate.

    Raises:
        NotFoundError: the search has none of this number.
    """
    query = select(Trial, Candidate).join(Candidate, Candidate.id == Trial.candidate_id)
    found = session.execute(query.where(Trial.search_id == search_id, Trial.number == number)).one_or_none()
    if found is None:
        raise NotFoundError(f"trial: got number {number}, which search {search_id} does not have; see its trials")
    return found[0], found[1]


def siblings(session: Session, trial: Trial) -> Sequence[Trial]:
    """All trials of a trial's candidate, by number: they differ only by seed."""
    query = select(Trial).where(Trial.candidate_id == trial.candidate_id)
    return session.scalars(query.order_by(Trial.number)).all()


def is_confirming(session: Session, search_id: UUID) -> bool:
    """Whether its leaders run on fresh seeds, which is the last that a search does."""
    fresh = Trial.phase == "confirm"
    still = select(Trial.id).where(Trial.search_id == search_id, Trial.state.in_(("pending", "running")))
    return session.scalars(still.where(fresh).limit(1)).first() is not None


def first_failed(session: Session, search_id: UUID) -> int | None:
    """The number of the first trial that failed."""
    failed = select(Trial.number).where(Trial.search_id == search_id, Trial.state == "failed")
    return session.scalars(failed.order_by(Trial.number).limit(1)).first()


def best_mean(session: Session, search: Search) -> float | None:
    """The objective's best mean so far, of a candidate with all its seeds: the first of the index that ranks."""
    first = ranking.groups(search.id, search.goal, complete=True)[0]
    return session.scalars(first.with_only_columns(CandidateMetric.mean).limit(1)).first()


def has_weights(session: Session, trial: Trial) -> bool:
    """Whether its trained weights are stored."""
    return session.get(Artifact, (trial.id, "weights")) is not None


def last_events(session: Session, search_id: UUID, limit: int) -> Sequence[Event]:
    """The last events of a search, in order."""
    query = select(Event).where(Event.search_id == search_id).order_by(Event.number.desc()).limit(limit)
    return session.scalars(query).all()[::-1]
