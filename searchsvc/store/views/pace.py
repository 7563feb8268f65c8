"""How long a search will still take."""

from itertools import pairwise
from statistics import mean, median

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchsvc.store.tables import Search, Trial

ENDED = ("done", "failed", "pruned")
RECENT = 20  # ended trials that the pace is taken from
FEWEST = 4  # with fewer nobody can say
LONGEST = 10  # trials' lengths between two that finish; if it is more, the search was paused


def seconds_left(session: Session, search: Search, ended: float) -> float | None:
    """What is left to do, at the rate at which the last trials ended; None where that is not known.

    So it holds whatever trials run side by side, and whatever other searches take. It is known of a search that runs
    and of which a few trials have ended.

    Args:
        ended: how many trials have, with the finished steps of those that have not.
    """
    if search.state != "running":
        return None
    query = select(Trial.started, Trial.finished).where(Trial.search_id == search.id, Trial.state.in_(ENDED))
    found = session.execute(query.order_by(Trial.number.desc()).limit(RECENT))
    recent = [(started or 0.0, finished or 0.0) for started, finished in found]
    if len(recent) < FEWEST:
        return None
    longest = LONGEST * median(finished - started for started, finished in recent)
    between = [min(later - earlier, longest) for earlier, later in pairwise(sorted(end for _, end in recent))]
    return mean(between) * max(0.0, search.total_trials - ended)
