"""The candidates of a search, best first, and the best one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, literal, select
from sqlalchemy.orm import Session

from searchsvc import kinds
from searchsvc.metrics.estimate import Estimate
from searchsvc.metrics.objectives import Goal
from searchsvc.store.tables import Candidate, CandidateMetric, Search, Trial
from searchsvc.store.views import finding, means, ranking
from searchsvc.verdict import overhead
from spaces.errors import ConflictError, NotFoundError

BASELINE = literal("baseline", literal_execute=True)  # in the statement, where a partial index can see it


@dataclass(frozen=True)
class Row:
    """A candidate's place. Metrics are named metric or metric/split; the test part's come when the search ends."""

    rank: int
    candidate: Candidate
    metrics: dict[str, Estimate]
    violates: tuple[str, ...] = ()  # constraints
    energy_overhead: float | None = None  # relative to what its kind compares it with
    point: dict[str, Any] = field(default_factory=dict)  # the values that its kind names, as JSON
    missing_seeds: int = 0  # results that it lacks to count, so it cannot be the best yet
    ended_early: bool = False  # all its trials: it has no metrics
    is_best: bool = False  # the first by the objective that has all its seeds and keeps every constraint
    p_first: float | None = None  # of a leader: that it is the best of those it is compared with (`leading.standing`)
    is_similar: bool | None = None  # whether it may be the best, as far as that test can say; None where there is none
    difference_first: float | None = None  # of its mean from the best of the others', by the scores of that test


Baselines = dict[str, tuple[dict[str, Any], float]]  # by label: configuration, mean energy


def leaderboard(
    session: Session, search_id: UUID, *, limit: int = 20, cursor: str | None = None, sort: str | None = None
) -> tuple[list[Row], str | None]:
    """Candidates of a search, best mean of its objective first, and a cursor to those that follow.

    Behind them those without a result, since a scheduler ended all their trials early.

    Args:
        sort: another metric to order by, as in `Row.metrics`, best first; with a leading minus worst first. Candidates
            that do not have it are left out.

    Raises:
        UserError: there is no such metric or cursor.
    """
    search = session.get_one(Search, search_id)
    goal = search.goal
    order = ranking.Order.of(goal, sort)
    early = sort is None and bool(search.spec.get("scheduler"))
    rank, after = ranking.read_cursor(cursor, search_id, order, goal) if cursor else (0, None)
    found = ranking.page(session, search_id, goal, order, limit + 1, after, early=early)
    rows = _rows(session, search_id, goal, [candidate for candidate, _ in found[:limit]], rank)
    return rows, _following(search_id, order, rank + limit, found[limit - 1 :])


def _following(
    search_id: UUID, order: ranking.Order, rank: int, rest: list[tuple[Candidate, ranking.Place]]
) -> str | None:
    """A cursor to what comes behind the first of these, if something does."""
    return ranking.write_cursor(search_id, order, rank, rest[0][1]) if len(rest) > 1 else None


def best(session: Session, search_id: UUID, *, rank: int = 1) -> tuple[Row, UUID]:
    """The candidate of `rank` among those with all their seeds that keep every constraint, and its best trial.

    Raises:
        NotFoundError: there are fewer than `rank`.
        ConflictError: every candidate with all its seeds violates a constraint.
    """
    goal = session.get_one(Search, search_id).goal
    feasible, *others = ranking.groups(search_id, goal, complete=True)
    candidate_id = session.scalars(feasible.offset(rank - 1).limit(1)).one_or_none()
    if candidate_id is None:
        if rank == 1 and others and session.scalars(others[0].limit(1)).one_or_none():
            raise ConflictError(
                "best: every candidate with all its seeds violates a constraint; the leaderboard says which"
            )
        raise NotFoundError(
            f"best: got rank {rank}; fewer candidates have all their seeds"
            f"{' and keep every constraint' if others else ''}; see the leaderboard"
        )
    row = _rows(session, search_id, goal, [session.get_one(Candidate, candidate_id)], rank - 1)[0]
    return row, session.scalars(_best_trial(goal, candidate_id)).one()


def named(session: Session, search_id: UUID, name: str | int) -> tuple[Row, UUID | None]:
    """The candidate of this label or number, whatever it violates, and its best trial; its rank is not looked up.

    Raises:
        NotFoundError: there is none.
    """
    found = finding.candidate(session, search_id, str(name))
    goal = session.get_one(Search, search_id).goal
    return _rows(session, search_id, goal, [found], -1)[0], session.scalars(_best_trial(goal, found.id)).one_or_none()


def _best_trial(goal: Goal, candidate_id: int) -> Select[UUID]:
    score = Trial.score.desc() if goal.objective.direction == "max" else Trial.score
    done = (Trial.candidate_id == candidate_id, Trial.state == "done", Trial.phase == "retrain")
    return select(Trial.id).where(*done).order_by(score, Trial.number).limit(1)


def _rows(session: Session, search_id: UUID, goal: Goal, candidates: Sequence[Candidate], before: int) -> list[Row]:
    """Candidates in this order, after so many others."""
    metrics = means.estimates(session, [candidate.id for candidate in candidates])
    baselines = _baselines(session, search_id)
    search = session.get_one(Search, search_id)
    kind = kinds.of(search)
    leader, standing = _leader(session, search, goal)
    rows, metric = [], goal.objective.metric
    for rank, candidate in enumerate(candidates, before + 1):
        found = means.told(search, candidate.label, metrics[candidate.id])
        violates = goal.violations({name: estimate.mean for name, estimate in found.items()})
        more = _overhead(kind, candidate, found["energy"].mean, baselines) if "energy" in found else None
        point = kind.coordinates(candidate.configuration)
        missing = max(0, candidate.seeds - (found[metric].n if metric in found else 0))
        row = Row(rank, candidate, found, tuple(violates), more, point, missing, not found, candidate.id == leader)
        compared = {} if standing is None else standing.get("p", standing.get("p_holm", {}))  # of earlier releases
        if standing and candidate.label in compared:
            p, gap = compared[candidate.label], standing["difference"].get(candidate.label)
            similar = None if p is None else candidate.label in standing["similar"]
            row = replace(row, p_first=p, is_similar=similar, difference_first=gap)
        rows.append(row)
    return rows


def _leader(session: Session, search: Search, goal: Goal) -> tuple[int | None, dict[str, Any] | None]:
    """The best complete candidate, and what others are compared with it; None if that was with another one before."""
    best = ranking.groups(search.id, goal, complete=True)[0]
    best = best.join(Candidate, Candidate.id == CandidateMetric.candidate_id)
    found = session.execute(best.with_only_columns(Candidate.id, Candidate.label).limit(1)).one_or_none()
    if found is None:
        return None, None
    is_current = search.standing is not None and search.standing["first"] == found.label
    return found.id, search.standing if is_current else None


def _overhead(kind: kinds.Kind, candidate: Candidate, energy: float, baselines: Baselines) -> float | None:
    label = kind.reference(candidate.configuration, {label: config for label, (config, _) in baselines.items()})
    return None if label is None else overhead.relative(energy, baselines[label][1])


def _baselines(session: Session, search_id: UUID) -> Baselines:
    """The configuration and mean energy of every baseline that has one, by its label."""
    is_energy = and_(CandidateMetric.candidate_id == Candidate.id, CandidateMetric.metric == "energy")
    query = select(Candidate.label, Candidate.configuration, CandidateMetric.mean).join(CandidateMetric, is_energy)
    query = query.where(Candidate.search_id == search_id, Candidate.origin == BASELINE).order_by(Candidate.number)
    return {label: (config, energy) for label, config, energy in session.execute(query)}
