"""What strategies, schedulers and verdicts see of a search's trials."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from searchsvc import kinds
from searchsvc.metrics.names import fresh, renamed
from searchsvc.metrics.objectives import Goal
from searchsvc.store.control.searches import get
from searchsvc.store.tables import Candidate, CandidateMetric, Report, Search, Trial
from searchsvc.store.views import means, ranking
from searchsvc.store.views.learned import architecture, placement
from searchsvc.strategy import Asked, Outcome, Sample
from searchsvc.verdict.spread import Rivals, Spread


def asked(session: Session, search_id: UUID, after: int = 0) -> list[Asked]:
    """The trials that a search's strategy has asked for, from number `after` on."""
    kind = kinds.of(session.get_one(Search, search_id))
    query = select(Trial.number, Trial.seed, Candidate.label, Candidate.configuration)
    query = query.join(Candidate, Candidate.id == Trial.candidate_id).where(Trial.search_id == search_id)
    own = query.where(Trial.phase != "confirm", Trial.number >= after).order_by(Trial.number)
    return [Asked(row.number, row.label, row.seed, kind.point(row.configuration)) for row in session.execute(own)]


def outcomes(session: Session, search_id: UUID, after: int = 0) -> list[Outcome]:
    """The outcomes of a search in the order in which they were told, without those up to tell number `after`.

    In searches over a space failed trials count too: each before the first one that was told after it failed. So the
    rows alone say which of them a suggestion has seen. One that was tried again and went well is there twice.
    """
    search = session.get_one(Search, search_id)
    kind = kinds.of(search)
    columns = (Trial.id, Trial.number, Trial.score, Trial.phase, Trial.steps, Trial.tell_no, Trial.failed_after)
    traded = [Trial.metrics] if search.tradeoffs else []
    query = select(*columns, Candidate.label, Candidate.configuration, *traded).join(
        Candidate, Candidate.id == Trial.candidate_id
    )
    query = query.where(Trial.search_id == search_id)
    rows = list(session.execute(query.where(Trial.tell_no > after).order_by(Trial.tell_no)))
    told = [((row.tell_no, True), _outcome(session, search, kind, row)) for row in rows]
    if rows and kind.dimensions:
        failed = query.where(Trial.failed_after >= after, Trial.failed_after < rows[-1].tell_no)
        for row in session.execute(failed.order_by(Trial.number)):
            told.append(((row.failed_after + 1, False), _failure(kind, row)))
        told.sort(key=lambda pair: pair[0])
    return [outcome for _, outcome in told]


def seen(outcomes: Sequence[Outcome], told: int) -> list[Outcome]:
    """The first outcomes of a search, up to the one that was told as number `told`."""
    places = [i for i, outcome in enumerate(outcomes) if outcome.ended_well]
    return list(outcomes[: places[told - 1] + 1]) if told else []


def _failure(kind: kinds.Kind, row: Any) -> Outcome:
    return Outcome(row.number, None, point=kind.point(row.configuration), label=row.label)


def _outcome(session: Session, search: Search, kind: kinds.Kind, row: Any) -> Outcome:
    alphas = architecture(session, row.id, row.steps) if row.phase == "search" else []
    tradeoffs = tuple(row.metrics[name] for name in search.tradeoffs)
    return Outcome(row.number, row.score, alphas, kind.point(row.configuration), tradeoffs, row.label)


def reports(session: Session, search_id: UUID, metric: str) -> Sequence[tuple[int, int, float]]:
    """Trial number, step and `metric` of every report that a scheduler decided on, in recorded order."""
    query = select(Trial.number, Report.step, Report.metrics).join(Report, Report.trial_id == Trial.id)
    query = query.where(Report.search_id == search_id, Trial.phase == "retrain", Report.step < Trial.steps)
    rows = session.execute(query.order_by(Report.number))
    found = [(number, step, renamed(metrics)) for number, step, metrics in rows]
    return [(number, step, metrics[metric]) for number, step, metrics in found if metric in metrics]


def failures(session: Session, search_id: UUID) -> int:
    """How many trials have failed, but for those that diverged, which are outcomes."""
    failed = select(func.count()).where(Trial.search_id == search_id, Trial.state == "failed", ~Trial.diverged)
    return session.scalar(failed) or 0


def first_error(session: Session, search_id: UUID) -> str | None:
    query = select(Trial.error).where(Trial.search_id == search_id, Trial.state == "failed").order_by(Trial.finished)
    return session.scalars(query.limit(1)).one_or_none()


def samples(session: Session, search_id: UUID, *where: ColumnElement[bool]) -> list[Sample]:
    """The scores of every candidate that ranks, by its number; or of those that keep these conditions."""
    query = select(Candidate, Trial.phase, Trial.score).join(Trial, Trial.candidate_id == Candidate.id)
    ended = (Trial.state == "done", Trial.score.is_not(None), Candidate.phase == "retrain")
    query = query.where(Candidate.search_id == search_id, *ended, *where)
    scores: dict[tuple[int, str], tuple[float, ...]] = defaultdict(tuple)
    candidates = {}
    for candidate, phase, score in session.execute(query.order_by(Candidate.number, Trial.number)):
        if score is not None:
            candidates[candidate.id] = candidate
            scores[candidate.id, phase] += (score,)
    measured = means.means(session, search_id, *where)
    found = [
        Sample(
            c.label,
            c.origin,
            scores[n, "retrain"],
            c.configuration,
            measured[n],
            scores[n, "confirm"],
            tuple(c.aliases),
            c.seeds,
        )
        for n, c in candidates.items()
    ]
    search = get(session, search_id)
    return _without_copies(found) if search.counts_copies and any(s.is_searched for s in found) else found


def _without_copies(samples: Sequence[Sample]) -> list[Sample]:
    """Of a neuron search of an earlier release: the searched placement under the label of the same one before it."""
    first: dict[tuple[str, ...], Sample] = {}
    for sample in samples:
        found = placement(sample.configuration)
        twin = first.get(found)
        first[found] = replace(twin, aliases=(*twin.aliases, sample.label)) if twin else sample
    return list(first.values())


def leaders(session: Session, search_id: UUID, count: int) -> tuple[list[Sample], Rivals]:
    """The best so many of those that have all their seeds and keep every constraint, by number; and among whom."""
    goal = get(session, search_id).goal
    takeable = ranking.groups(search_id, goal, complete=True)[0]
    chosen = session.scalars(takeable.limit(count)).all()
    rivals = session.scalar(select(func.count()).select_from(takeable.order_by(None).subquery())) or 0
    return samples(session, search_id, Candidate.id.in_(chosen)), Rivals(rivals, _spreads(session, search_id, goal))


def _spreads(session: Session, search_id: UUID, goal: Goal) -> dict[str, Spread]:
    """How the objective of each candidate varies, by the sums that are kept of it."""
    m, metric = CandidateMetric, goal.objective.metric
    query = select(Candidate.label, m.n, m.mean, m.m2).join(Candidate, Candidate.id == m.candidate_id)
    query = query.where(m.search_id == search_id, m.metric.in_([metric, fresh(metric)]), m.n > 1)
    found: dict[str, Spread] = {}
    for label, n, mean, squares in session.execute(query):
        found[label] = Spread.of(n, mean, squares).and_(found.get(label, Spread(0, 0.0)))
    return found
