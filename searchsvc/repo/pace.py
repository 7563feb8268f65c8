"""How long a search will still take."""

from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchsvc.models import Search, Trial

RECENT = 20  # finished trials that the pace is taken from
FEWEST = 3  # with fewer nobody can say


def seconds_left(session: Session, search: Search, running: int, running_fraction: float) -> float | None:
    """What is left to do, at the pace of the trials that finished last; None where that is not known.

    It is known of a search whose trials run and of which a few have finished. Their median forgives one that was
    interrupted, and the first one, which is longer where it trains a super network.

    Args:
        running: trials that run now, and go on side by side.
        running_fraction: what those have done of themselves, in trials.
    """
    if search.state != "running" or not running:
        return None
    query = select(Trial.finished - Trial.started).where(Trial.search_id == search.id, Trial.tell_no.is_not(None))
    took = [seconds for seconds in session.scalars(query.order_by(Trial.tell_no.desc()).limit(RECENT)) if seconds]
    if len(took) < FEWEST:
        return None
    left = max(0.0, search.total_trials - search.tell_count - search.failed_count - running_fraction)
    return left * median(took) / running
