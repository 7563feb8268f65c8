"""The trials of a search, with their reports."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchsvc.store.tables import Artifact, Candidate, Report, Trial
from spaces.errors import NotFoundError, UserError, got


def trials(
    session: Session,
    search_id: UUID,
    *,
    state: str | None = None,
    candidate: int | None = None,
    after: int = -1,
    limit: int = 100,
) -> Sequence[tuple[Trial, Candidate]]:
    """Trials with their candidates, by number; `after` goes on behind the last one seen.

    Args:
        state: of these alone; None: of all.
        candidate: the number of the candidate whose trials are wanted; None: of all.
    """
    query = select(Trial, Candidate).join(Candidate, Candidate.id == Trial.candidate_id)
    query = query.where(Trial.search_id == search_id, Trial.number > after).order_by(Trial.number).limit(limit)
    if state:
        query = query.where(Trial.state == state)
    if candidate is not None:
        query = query.where(Candidate.search_id == search_id, Candidate.number == candidate)
    return [(trial, candidate) for trial, candidate in session.execute(query)]


def write_cursor(search_id: UUID, number: int) -> str:
    """To the trials of a search behind that of this number."""
    return f"{search_id}:{number}"


def read_cursor(cursor: str, search_id: UUID) -> int:
    """The number of the last trial that was seen.

    Raises:
        UserError: it is no cursor, or one of another search.
    """
    search, _, number = cursor.rpartition(":")
    if search != str(search_id) or not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise UserError(
            f"cursor: got {got(cursor)}; give the next_cursor of an earlier answer about search {search_id}"
        )
    return int(number)


def trial(session: Session, trial_id: UUID) -> tuple[Trial, Candidate]:
    """One trial with its candidate.

    Raises:
        NotFoundError: there is none of this id.
    """
    query = select(Trial, Candidate).join(Candidate, Candidate.id == Trial.candidate_id).where(Trial.id == trial_id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError(
            f"trial: got id {trial_id}, which does not exist; list trials with GET /v1/searches/{{id}}/trials"
        )
    return found[0], found[1]


def reports(session: Session, trial: Trial) -> Sequence[Report]:
    """A trial's reports by step, each of the last attempt that made it."""
    query = select(Report).where(Report.trial_id == trial.id).order_by(Report.step, Report.attempt)
    return list({report.step: report for report in session.scalars(query)}.values())


def first_done(session: Session, candidate_id: int) -> Trial | None:
    """The candidate's first trial that ended well, which stands for it in pictures of one network."""
    done = select(Trial).where(Trial.candidate_id == candidate_id, Trial.state == "done")
    return session.scalars(done.order_by(Trial.number).limit(1)).first()


def weights(session: Session, trial_id: UUID) -> Artifact:
    """Where a trial's trained weights are.

    Raises:
        NotFoundError: the trial has not finished.
    """
    trial(session, trial_id)
    artifact = session.get(Artifact, (trial_id, "weights"))
    if artifact is None:
        raise NotFoundError(f"trial {trial_id}: it has no weights; they are stored when a trial finishes")
    return artifact
