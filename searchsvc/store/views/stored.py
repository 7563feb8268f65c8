"""Files in the artifact store that rows point to."""

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from searchsvc.store.control.events import FINAL_STATES
from searchsvc.store.tables import Archive, Artifact, Deletion, Search, Trial


def artifact_paths(session: Session) -> set[str]:
    """Every file that a row points to."""
    return set(session.scalars(union_all(select(Artifact.path), select(Archive.path))))


def files(session: Session) -> list[tuple[str, str, int]]:
    """Every file that a row points to: its path, what it is, its number of bytes."""
    kept = select(Artifact.path, Artifact.kind, Artifact.bytes, Trial.number, Trial.search_id)
    archived = select(Archive.path, Archive.kind, Archive.bytes, Archive.search_id)
    return [
        *(
            (path, f"{kind} of trial {number} of search {search_id}", size)
            for path, kind, size, number, search_id in session.execute(kept.join(Trial, Trial.id == Artifact.trial_id))
        ),
        *(
            (path, f"archived {kind}s of search {search_id}", size)
            for path, kind, size, search_id in session.execute(archived)
        ),
    ]


def sweepable(session: Session) -> set[str]:
    """Searches among whose files those that no row points to are nobody's: they have ended or were deleted."""
    ended = select(Search.id).where(Search.state.in_(FINAL_STATES))
    return {str(search_id) for search_id in session.scalars(union_all(ended, select(Deletion.search_id)))}
