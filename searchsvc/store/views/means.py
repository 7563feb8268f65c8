"""What is kept of each metric over a candidate's seeds."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from searchsvc.metrics.estimate import Estimate, estimate, pooled
from searchsvc.metrics.names import fresh, is_test
from searchsvc.store.control.events import FINAL_STATES
from searchsvc.store.tables import Candidate, CandidateMetric, Search


def means(session: Session, search_id: UUID, *where: ColumnElement[bool]) -> dict[int, dict[str, float]]:
    """The mean of every metric of every candidate that has finished a trial; or of those that keep these conditions."""
    query = select(CandidateMetric).where(CandidateMetric.search_id == search_id)
    if where:
        query = query.join(Candidate, Candidate.id == CandidateMetric.candidate_id).where(*where)
    found: dict[int, dict[str, float]] = defaultdict(dict)
    for m in session.scalars(query):
        found[m.candidate_id][m.metric] = m.mean
    return found


def estimates(session: Session, candidates: Sequence[int]) -> dict[int, dict[str, Estimate]]:
    """Every metric of these candidates, by its name; also those that their searches do not tell yet."""
    m = CandidateMetric
    query = select(m.candidate_id, m.metric, m.n, m.mean, m.m2).where(m.candidate_id.in_(candidates))
    found: dict[int, dict[str, Estimate]] = defaultdict(dict)
    for candidate, metric, n, mean, m2 in session.execute(query):  # no objects: these are most of a page's rows
        found[candidate][metric] = estimate(n, mean, m2)
    return found


def told(search: Search, label: str, metrics: Mapping[str, Estimate]) -> dict[str, Estimate]:
    """What the search tells of a candidate: the test part at its end, since before it might steer who watches.

    The objective's intervals are by the variance of all candidates, where these may be pooled.
    """
    found = {name: e for name, e in metrics.items() if search.state in FINAL_STATES or not is_test(name)}
    pool = (search.standing or {}).get("pool")
    if pool and label not in pool["left_out"]:
        objective = search.goal.objective.metric
        shared = {name: found[name] for name in (objective, fresh(objective)) if name in found}
        found |= {name: pooled(e, pool["deviation"], pool["freedom"]) for name, e in shared.items()}
    return found
