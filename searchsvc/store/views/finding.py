"""Which search or candidate is meant by what a person types: an id, the beginning of one, or a name."""

import re
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from searchsvc.metrics.words import called, folded
from searchsvc.store.tables import Candidate, Search
from spaces.errors import ConflictError, NotFoundError, did_you_mean, got

MOST = 5  # that a message lists
HEX = re.compile(r"[0-9a-fA-F]{1,32}")


def search_id(session: Session, said: str) -> UUID:
    """Of the search with this id, with the only one that begins so, or with this name in any case.

    A whole id is taken as it is.

    Raises:
        NotFoundError: there is none.
        ConflictError: there are several.
    """
    try:
        return UUID(said)
    except ValueError:
        pass
    named = Search.folded_name == folded(said) if said.strip() else Search.id.is_(None)
    query = select(Search.id, Search.name, Search.kind, Search.state).where(or_(named, _begins(said)))
    rows = session.execute(query.order_by(Search.id.desc()).limit(MOST + 1)).all()
    if not rows:
        raise NotFoundError(
            f"search: got id {got(said)}, which does not exist; give an id, the beginning of one, or a name, "
            "as searchsvc ls shows them"
        )
    if len(rows) > 1:
        lines = [f"{row.id} ({called(row.name, row.kind, '')}, {row.state})" for row in rows[:MOST]]
        more = " and more" if len(rows) > MOST else ""
        raise ConflictError(f"search: got {got(said)}, which several are: {', '.join(lines)}{more}; give one's id")
    found: UUID = rows[0].id
    return found


def candidate(session: Session, search_id: UUID, said: str) -> Candidate:
    """The candidate of a search with this label, or further label, in any case; or with this number.

    Raises:
        NotFoundError: it has none.
    """
    rows = session.execute(
        select(Candidate.id, Candidate.number, Candidate.label, Candidate.aliases)
        .where(Candidate.search_id == search_id)
        .order_by(Candidate.number)
    ).all()
    names = {str(row.number): row.id for row in rows}
    names |= {folded(label): row.id for row in rows for label in (*row.aliases, row.label)}
    if folded(said) not in names:
        labels = [row.label for row in rows]
        raise NotFoundError(
            f"candidate: got {got(said)}; give the label or number of one, as the leaderboard has them"
            f"{did_you_mean(said, labels)}"
        )
    return session.get_one(Candidate, names[folded(said)])


def _begins(said: str) -> ColumnElement[bool]:
    """Whether a search's id begins so; ids sort as their digits do, on every database."""
    digits = said.replace("-", "")
    if not HEX.fullmatch(digits):
        return Search.id.is_(None)
    return Search.id.between(UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f")))
