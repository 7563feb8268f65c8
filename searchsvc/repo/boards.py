"""What a search has found so far: leaderboard, best, trials, reports, architecture parameters."""

import struct
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, select, union_all
from sqlalchemy.orm import Session

from searchsvc import overhead
from searchsvc.models import (
    ArchitectureParameter,
    Archive,
    Artifact,
    Candidate,
    CandidateMetric,
    Deletion,
    Report,
    Search,
    Trial,
)
from searchsvc.objectives import Goal
from searchsvc.repo import points, ranking, records
from searchsvc.repo.events import FINAL_STATES
from searchsvc.strategy import LayerParameter, alphas
from spaces.errors import ConflictError, NotFoundError

BASELINE = literal("baseline", literal_execute=True)  # in the statement, where a partial index can see it

# Student's t, 97.5 %, for 1, 2, ... degrees of freedom; beyond these Cornish-Fisher's first term is within 0.2 %.
T_975 = (
    *(
        12.706,
        4.303,
        3.182,
        2.776,
        2.571,
        2.447,
        2.365,
        2.306,
        2.262,
        2.228,
        2.201,
        2.179,
        2.160,
        2.145,
        2.131,
    ),
    *(
        2.120,
        2.110,
        2.101,
        2.093,
        2.086,
        2.080,
        2.074,
        2.069,
        2.064,
        2.060,
        2.056,
        2.052,
        2.048,
        2.045,
        2.042,
    ),
)


@dataclass(frozen=True)
class Estimate:
    """A metric over a candidate's seeds."""

    n: int
    mean: float
    std: float | None  # None for a single trial
    ci95: float | None  # half-width of the 95 % interval of the mean (Student's t)


@dataclass(frozen=True)
class Row:
    """A candidate's place. Metrics are named metric or metric/split; the test part's come when the search ends."""

    rank: int
    candidate: Candidate
    metrics: dict[str, Estimate]
    violates: tuple[str, ...] = ()  # constraints
    energy_overhead: float | None = None  # relative to the all-LIF baseline
    point: dict[str, Any] = field(default_factory=dict)  # values of the named dimensions, as JSON
    is_best: bool = False  # the first by the objective that has all its seeds and keeps every constraint
    p_first: float | None = None  # of its difference from the best (Welch, Holm-corrected), among the leaders
    is_similar: bool | None = None  # to the best, as far as that test can say; None where there is none
    difference_first: float | None = None  # of its mean from the best's, by the scores of that test


@dataclass(frozen=True)
class Progress:
    """Of a search: how many trials run, how many its scheduler ended early, and what is done in trials."""

    running: int
    pruned: int
    ended: float  # with the finished steps of those that have not ended


def leaderboard(
    session: Session, search_id: UUID, *, limit: int = 20, cursor: str | None = None, sort: str | None = None
) -> tuple[list[Row], str | None]:
    """Candidates of a search, best mean of its objective first, and a cursor to those that follow.

    Args:
        sort: another metric to order by, as in `Row.metrics`, best first; with a leading minus worst first. Candidates
            that do not have it are left out.

    Raises:
        UserError: there is no such metric or cursor.
    """
    goal = Goal.of(session.get_one(Search, search_id).spec)
    order = ranking.Order.of(goal, sort)
    rank, after = ranking.read_cursor(cursor, goal) if cursor else (0, None)
    found = ranking.page(session, search_id, goal, order, limit + 1, after)
    rows = _rows(session, search_id, goal, [candidate for candidate, _ in found[:limit]], rank)
    return rows, ranking.write_cursor(rank + limit, found[limit - 1][1]) if len(found) > limit else None


def best(session: Session, search_id: UUID, *, seeds: int, rank: int = 1) -> tuple[Row, UUID]:
    """The candidate of `rank` among those with all their seeds that keep every constraint, and its best trial.

    Raises:
        NotFoundError: there are fewer than `rank`.
        ConflictError: every candidate with all its seeds violates a constraint.
    """
    goal = Goal.of(session.get_one(Search, search_id).spec)
    feasible, *others = ranking.groups(search_id, goal, seeds=seeds)
    candidate_id = session.scalars(feasible.offset(rank - 1).limit(1)).one_or_none()
    if candidate_id is None:
        if rank == 1 and others and session.scalars(others[0].limit(1)).one_or_none():
            raise ConflictError(
                "best: every candidate with all its seeds violates a constraint; the leaderboard says which"
            )
        raise NotFoundError(
            f"best: got rank {rank}; fewer candidates have all their {seeds} seeds"
            f"{' and keep every constraint' if others else ''}; see the leaderboard"
        )
    score = Trial.score.desc() if goal.objective.direction == "max" else Trial.score
    done = (Trial.candidate_id == candidate_id, Trial.state == "done", Trial.phase == "retrain")
    trials = select(Trial.id).where(*done)
    trial = session.scalars(trials.order_by(score, Trial.number).limit(1)).one()
    return _rows(session, search_id, goal, [session.get_one(Candidate, candidate_id)], rank - 1)[0], trial


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


def count(session: Session, search_id: UUID) -> int:
    """How many candidates have been suggested; a super network, which is the first, is none that ranks."""
    own = select(Candidate).where(Candidate.search_id == search_id)
    first = session.scalars(own.where(Candidate.number == 1)).one_or_none()
    newest = session.scalars(select(func.max(Candidate.number)).where(Candidate.search_id == search_id)).one() or 0
    return newest - (first is not None and first.phase == "search")


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


def architecture(session: Session, trial_id: UUID, step: int) -> list[list[float]]:
    """The alphas (layers x candidates) that a step reported; empty if it reported none."""
    return architectures(session, trial_id, ArchitectureParameter.step == step).get(step, [])


def architectures(session: Session, trial_id: UUID, *where: ColumnElement[bool]) -> dict[int, list[list[float]]]:
    """The alphas (layers x candidates) of every step; none where it reported none."""
    return {s: found for s, rows in learned(session, trial_id, *where).items() if (found := alphas(rows))}


def learned(session: Session, trial_id: UUID, *where: ColumnElement[bool]) -> dict[int, list[LayerParameter]]:
    """What each layer's neuron had learned of its own after every step, each of the last attempt that made it."""
    a = ArchitectureParameter
    rows = select(a).where(a.trial_id == trial_id, *where)
    by_step: dict[int, dict[tuple[int, str], list[float]]] = defaultdict(dict)
    for row in session.scalars(rows.order_by(a.step, a.attempt, a.layer, a.name)):
        by_step[row.step][row.layer, row.name] = _unpack(row)
    return {step: [(*key, values) for key, values in found.items()] for step, found in by_step.items()}


def means(session: Session, search_id: UUID, *where: ColumnElement[bool]) -> dict[int, dict[str, float]]:
    """The mean of every metric of every candidate that has finished a trial; or of those that keep these conditions."""
    query = select(CandidateMetric).where(CandidateMetric.search_id == search_id)
    if where:
        query = query.join(Candidate, Candidate.id == CandidateMetric.candidate_id).where(*where)
    found: dict[int, dict[str, float]] = defaultdict(dict)
    for m in session.scalars(query):
        found[m.candidate_id][records.metric_name(m.metric, m.split)] = m.mean
    return found


def placement(candidate: Candidate) -> tuple[str, ...]:
    """The neuron of every spiking layer, from the input."""
    return tuple(neuron["name"] for neuron in candidate.configuration["neurons"])


def candidate_names(candidate: Candidate) -> list[str]:
    """What the columns of a super network's alphas stand for; empty for a discrete network."""
    neurons = candidate.configuration["neurons"]
    return [choice["name"] for choice in neurons[0].get("candidates", [])] if neurons else []


def latest_architecture(session: Session, search_id: UUID) -> tuple[list[str], dict[int, list[list[float]]]]:
    """Names of the candidates and the alphas by step, of the search's super network; empty before it begins."""
    query = select(Trial, Candidate).join(Candidate, Candidate.id == Trial.candidate_id)
    query = query.where(Trial.search_id == search_id, Trial.phase == "search").order_by(Trial.number)
    found = session.execute(query.limit(1)).one_or_none()
    return (candidate_names(found[1]), architectures(session, found[0].id)) if found else ([], {})


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


def artifact_paths(session: Session) -> set[str]:
    """Every file that a row points to."""
    return set(session.scalars(union_all(select(Artifact.path), select(Archive.path))))


def sweepable(session: Session) -> set[str]:
    """Searches among whose files those that no row points to are nobody's: they have ended or were deleted."""
    ended = select(Search.id).where(Search.state.in_(FINAL_STATES))
    return {str(search_id) for search_id in session.scalars(union_all(ended, select(Deletion.search_id)))}


def t_975(freedom: float) -> float:
    """Student's t quantile; degrees of freedom are rounded down, so an interval is rather too wide.

    >>> t_975(2), t_975(2.9), round(t_975(100), 3)
    (4.303, 4.303, 1.984)
    """
    return T_975[int(freedom + 1e-9) - 1] if freedom <= len(T_975) else 1.96 + 2.372 / freedom


def estimate(n: int, mean: float, m2: float) -> Estimate:
    """Mean, standard deviation and 95 % half-width from Welford's sums.

    >>> round(estimate(2, 0.5, 0.02).ci95, 4)
    1.2706
    """
    if n < 2:
        return Estimate(n, mean, None, None)
    std = sqrt(m2 / (n - 1))
    return Estimate(n, mean, std, t_975(n - 1) * std / sqrt(n))


def estimates(session: Session, candidates: Sequence[int]) -> dict[int, dict[str, Estimate]]:
    """Every metric of these candidates, by its name; also those that their searches do not tell yet."""
    m = CandidateMetric
    query = select(m.candidate_id, m.metric, m.split, m.n, m.mean, m.m2).where(m.candidate_id.in_(candidates))
    found: dict[int, dict[str, Estimate]] = defaultdict(dict)
    for candidate, metric, split, n, mean, m2 in session.execute(query):  # no objects: these are most of a page's rows
        found[candidate][records.metric_name(metric, split)] = estimate(n, mean, m2)
    return found


def told(search: Search, metrics: Mapping[str, Estimate]) -> dict[str, Estimate]:
    """What the search tells of its metrics: the test part at its end, since before it might steer who watches."""
    return {name: e for name, e in metrics.items() if search.state in FINAL_STATES or "/test" not in name}


def _rows(session: Session, search_id: UUID, goal: Goal, candidates: Sequence[Candidate], before: int) -> list[Row]:
    """Candidates in this order, after so many others."""
    metrics = estimates(session, [candidate.id for candidate in candidates])
    lifs = _baselines(session, search_id)
    search = session.get_one(Search, search_id)
    spec = search.spec
    leader, standing = _leader(session, search, goal)
    rows = []
    for rank, candidate in enumerate(candidates, before + 1):
        found = told(search, metrics[candidate.id])
        violates = goal.violations({name: estimate.mean for name, estimate in found.items()})
        own = overhead.surrogate(candidate.configuration)
        more = overhead.energy_overhead(found["energy"].mean, own, lifs) if "energy" in found else None
        point = points.values(spec, candidate.configuration)
        row = Row(rank, candidate, found, tuple(violates), more, point, is_best=candidate.id == leader)
        if standing and (p := standing["p_holm"].get(candidate.label)) is not None:
            gap, similar = standing["difference"].get(candidate.label), candidate.label in standing["similar"]
            row = replace(row, p_first=p, is_similar=similar, difference_first=gap)
        rows.append(row)
    return rows


def _leader(session: Session, search: Search, goal: Goal) -> tuple[int | None, dict[str, Any] | None]:
    """The best complete candidate, and what others are compared with it; None if that was with another one before."""
    best = ranking.groups(search.id, goal, seeds=search.spec["seeds"])[0]
    best = best.join(Candidate, Candidate.id == CandidateMetric.candidate_id)
    found = session.execute(best.with_only_columns(Candidate.id, Candidate.label).limit(1)).one_or_none()
    if found is None:
        return None, None
    is_current = search.standing is not None and search.standing["first"] == found.label
    return found.id, search.standing if is_current else None


def _baselines(session: Session, search_id: UUID) -> dict[str, float]:
    """The mean energy of every all-LIF baseline, by its surrogate."""
    is_energy = and_(CandidateMetric.candidate_id == Candidate.id, CandidateMetric.metric == "energy")
    query = select(Candidate.configuration, CandidateMetric.mean).join(CandidateMetric, is_energy)
    query = query.where(Candidate.search_id == search_id, Candidate.origin == BASELINE).order_by(Candidate.number)
    rows = session.execute(query).all()
    return {overhead.surrogate(config): energy for config, energy in rows if overhead.is_lif(config)}


def _unpack(row: ArchitectureParameter) -> list[float]:
    return list(struct.unpack(f"<{row.shape[0]}f", row.value))
