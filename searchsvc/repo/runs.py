"""What a runner writes. Every write first locks the search and checks that the runner still owns it (`fence`).

The cycle of a trial: *ask* and *start*, then its steps (`results`); or *fail*, *lose*. A write under an old epoch
raises `Fenced`; one under an old attempt does nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.orm import Session

from searchsvc import overhead
from searchsvc.db import now
from searchsvc.models import Artifact, Candidate, Report, Search, Trial
from searchsvc.objectives import Goal
from searchsvc.repo import boards, points, ranking, records
from searchsvc.repo.boards import architecture, placement
from searchsvc.repo.events import FINAL_STATES, emit
from searchsvc.repo.searches import end_open_trials, erase, get, specification
from searchsvc.strategy import Outcome, Pending, Sample, Suggestion

MAX_LOSSES = 5


class Fenced(Exception):
    """This runner no longer owns the search; what it wanted to write is void."""


@dataclass(frozen=True)
class Lease:
    """A runner's right to write: void once the search's owner or epoch is another."""

    search_id: UUID
    owner: UUID
    epoch: int


@dataclass(frozen=True)
class Work:
    """A trial to run, as its runner needs it."""

    trial_id: UUID
    number: int
    attempt: int
    seed: int
    configuration: dict[str, Any]
    phase: str = "retrain"
    checkpoint: str | None = None  # where an interrupted trial goes on


@dataclass(frozen=True)
class Question:
    """What suggestions depend on, and nothing else: of up to `count` trials from `number` on."""

    spec: dict[str, Any]
    number: int
    count: int
    outcomes: tuple[Outcome, ...]
    pending: Pending = field(default_factory=dict)


def claimable(session: Session, owner: UUID, held: Collection[UUID] = ()) -> bool:
    """Whether `claim` would take anything; reading first spares idle runners the write lock."""
    return session.scalars(_free(owner, held).limit(1)).first() is not None


def claim(
    session: Session, owner: UUID, lease_seconds: float, held: Collection[UUID] = ()
) -> list[tuple[Lease, dict[str, Any]]]:
    """Take every unfinished search that nobody owns, with its specification; what ran there runs again.

    A search that is `owner`'s but not `held`, since the answer of an earlier claim was lost, is taken too.
    """
    taken = []
    for search in session.scalars(_free(owner, held).with_for_update(skip_locked=True)).all():
        search.owner = owner
        search.epoch += 1
        search.lease_until = now() + lease_seconds
        if search.state == "queued":
            search.state = "running"
            search.started = search.started or now()
        running = session.scalars(select(Trial).where(Trial.search_id == search.id, Trial.state == "running")).all()
        emit(session, search, "claimed", epoch=search.epoch, interrupted=[t.number for t in running])
        for trial in running:
            _again(session, search, trial, "its runner was lost", loss=False)
        taken.append((Lease(search.id, owner, search.epoch), specification(search)))
    session.flush()
    return taken


def fence(session: Session, lease: Lease) -> Search:
    """The search, locked, if `lease` still holds.

    Raises:
        Fenced: another runner owns it now, or it is gone.
    """
    return fence_now(session, lease)[0]


def fence_now(session: Session, lease: Lease) -> tuple[Search, float]:
    """The same, and the database's time."""
    query = select(Search, now()).where(Search.id == lease.search_id).with_for_update(of=Search)
    search, moment = session.execute(query.execution_options(populate_existing=True)).one_or_none() or (None, 0.0)
    if search is None or search.owner != lease.owner or search.epoch != lease.epoch:
        raise Fenced
    return search, moment


def is_running(trial: Trial | None, work: Work) -> TypeGuard[Trial]:
    """Whether it is still this attempt that runs; read the trial under the search's lock."""
    return trial is not None and trial.attempt == work.attempt and trial.state == "running"


def renew(session: Session, lease: Lease, lease_seconds: float) -> bool:
    fence(session, lease).lease_until = now() + lease_seconds
    return True


def release(session: Session, lease: Lease) -> None:
    """Give the search back at once, for another runner to claim; its running trials go on there."""
    search = fence(session, lease)
    _interrupt(session, search, "its runner was stopped")
    search.owner = search.lease_until = None


def pause(session: Session, lease: Lease) -> bool:
    """Set the search down until its user resumes it; its running trials go on then. False if nobody wants that now."""
    search = fence(session, lease)
    if search.desired != "pause" or search.state != "running":
        return False
    _interrupt(session, search, "paused")
    search.owner = search.lease_until = None
    search.state = "paused"
    emit(session, search, "paused")
    return True


def reconcile(session: Session, lease: Lease, known: Collection[UUID]) -> None:
    """Interrupt trials that run in the rows and nowhere else, as after a commit whose answer was lost."""
    _interrupt(session, fence(session, lease), "its start was not confirmed", but=known)


def ask(
    session: Session,
    lease: Lease,
    number: int,
    suggestions: Sequence[Suggestion],
    asked_after: int,
    *,
    start: bool = False,
) -> list[Work]:
    """Record the suggested trials from `number` on, made from the first `asked_after` outcomes.

    Returns:
        With `start`, for which there must be room, all of them, now running.
    """
    search, moment = fence_now(session, lease)
    if search.state != "running" or number < search.trial_count:
        return []  # not now; or they have been recorded, by a commit whose answer was lost
    candidates = records.candidate_rows(session, search, suggestions)
    search.health = suggestions[-1].health or search.health
    begun = {"state": "running", "started": moment} if start else {}
    trials = []
    for suggestion, candidate in zip(suggestions, candidates, strict=True):
        trial = Trial(
            search_id=search.id,
            candidate_id=candidate.id,
            number=search.trial_count,
            seed=suggestion.seed,
            phase=candidate.phase,
            steps=suggestion.candidate.configuration.training.epochs,
            asked_after=asked_after,
            **begun,
        )
        session.add(trial)
        trials.append(trial)
        search.trial_count += 1
        emit(session, search, "trial_asked", trial=trial.number, candidate=candidate.number, label=candidate.label)
    if not start:
        return []
    session.flush()  # which gives them their ids
    for trial in trials:
        emit(session, search, "trial_started", trial=trial.number, attempt=trial.attempt)
    pairs = zip(trials, candidates, strict=True)
    return [Work(t.id, t.number, t.attempt, t.seed, c.configuration, t.phase) for t, c in pairs]


def start(session: Session, lease: Lease, limit: int = 1) -> list[Work]:
    """The next pending trials, now running; as many as there are, `limit` at most."""
    search = fence(session, lease)
    if search.state != "running":
        return []
    is_checkpoint = and_(Artifact.trial_id == Trial.id, Artifact.kind == "checkpoint")
    pending = select(Trial, Candidate.configuration, Artifact.path).join(Candidate, Candidate.id == Trial.candidate_id)
    pending = pending.outerjoin(Artifact, is_checkpoint).where(Trial.search_id == search.id, Trial.state == "pending")
    found = session.execute(pending.order_by(Trial.number).limit(limit)).all()
    for trial, _, _ in found:
        emit(session, search, "trial_started", trial=trial.number, attempt=trial.attempt)
    begun = update(Trial).where(Trial.id.in_([trial.id for trial, _, _ in found]))
    session.execute(begun.values(state="running", started=now()), execution_options={"synchronize_session": False})
    return [Work(t.id, t.number, t.attempt, t.seed, config, t.phase, path) for t, config, path in found]


def fail(session: Session, lease: Lease, work: Work, error: str) -> None:
    """Record that the trial itself failed; it does not run again."""
    search, trial = fence(session, lease), session.get(Trial, work.trial_id)
    if is_running(trial, work):
        _failed(session, search, trial, error)


def lose(session: Session, lease: Lease, work: Work, reason: str) -> None:
    """Record that the trial's worker was lost; it runs again, a few times at most."""
    search, trial = fence(session, lease), session.get(Trial, work.trial_id)
    if is_running(trial, work):
        _again(session, search, trial, reason)


def explain(session: Session, lease: Lease, insight: dict[str, Any]) -> None:
    """Keep what its surrogate says of the search (`searchsvc.insight`), in the place of what it said before."""
    fence(session, lease).insight = insight


def end(
    session: Session,
    lease: Lease,
    state: str,
    *,
    error: str | None = None,
    conclusion: Any = None,
    standing: dict[str, Any] | None = None,
) -> None:
    """End the search as `state`, or as cancelled or deleted if its user asked for that; open trials are cancelled."""
    search = fence(session, lease)
    if search.state in FINAL_STATES:
        return  # recorded by a commit whose answer was lost
    if search.desired == "delete":
        erase(session, search)
        return
    if search.desired == "cancel":
        state, error, conclusion = "cancelled", None, None
    end_open_trials(session, search)
    if state == "succeeded":
        search.total_trials = search.trial_count  # fewer than expected, if there was nothing to confirm
    search.state, search.finished, search.lease_until = state, now(), None
    search.error, search.conclusion, search.standing = error, conclusion, standing or search.standing
    emit(session, search, state, **({"error": error} if error else {}))


def outcomes(session: Session, search_id: UUID, after: int = 0) -> list[Outcome]:
    """The outcomes of a search in the order in which they were told, without those up to tell number `after`.

    In searches over a space failed trials count too: each before the first one that was told after it failed. So the
    rows alone say which of them a suggestion has seen.
    """
    spec = session.get_one(Search, search_id).spec
    columns = (Trial.id, Trial.number, Trial.score, Trial.phase, Trial.steps, Trial.tell_no, Trial.failed_after)
    tradeoffs = [getattr(Trial, name) for name in spec.get("tradeoffs", ())]
    query = select(*columns, Candidate.label, Candidate.configuration, *tradeoffs).join(
        Candidate, Candidate.id == Trial.candidate_id
    )
    query = query.where(Trial.search_id == search_id)
    rows = list(session.execute(query.where(Trial.tell_no > after).order_by(Trial.tell_no)))
    if rows and "space" in spec:
        failed = query.where(Trial.failed_after >= after, Trial.failed_after < rows[-1].tell_no)
        rows = sorted([*session.execute(failed.order_by(Trial.number)), *rows], key=_told)
    return [_outcome(session, spec, row) for row in rows]


def seen(outcomes: Sequence[Outcome], told: int) -> list[Outcome]:
    """The first outcomes of a search, up to the one that was told as number `told`."""
    places = [i for i, outcome in enumerate(outcomes) if outcome.score is not None]
    return list(outcomes[: places[told - 1] + 1]) if told else []


def _told(row: Any) -> tuple[int, bool]:
    return (row.tell_no, True) if row.failed_after is None else (row.failed_after + 1, False)


def _outcome(session: Session, spec: dict[str, Any], row: Any) -> Outcome:
    alphas = architecture(session, row.id, row.steps) if row.phase == "search" else []
    score = None if row.tell_no is None else row.score or 0.0
    tradeoffs = () if score is None else tuple(getattr(row, name) for name in spec.get("tradeoffs", ()))
    return Outcome(row.number, score, alphas, points.point(spec, row.configuration), tradeoffs, row.label)


def reports(session: Session, search_id: UUID, metric: str) -> Sequence[tuple[int, int, float]]:
    """Trial number, step and `metric` of every report that a scheduler decided on, in recorded order."""
    query = select(Trial.number, Report.step, Report.metrics).join(Report, Report.trial_id == Trial.id)
    query = query.where(Report.search_id == search_id, Trial.phase == "retrain", Report.step < Trial.steps)
    rows = session.execute(query.order_by(Report.number))
    return [(number, step, metrics[metric]) for number, step, metrics in rows]


def first_error(session: Session, search_id: UUID) -> str | None:
    query = select(Trial.error).where(Trial.search_id == search_id, Trial.state == "failed").order_by(Trial.finished)
    return session.scalars(query.limit(1)).one_or_none()


def samples(session: Session, search_id: UUID, *where: ColumnElement[bool]) -> list[Sample]:
    """The scores of every candidate that ranks, by its number; or of those that keep these conditions."""
    query = select(Candidate, Trial.phase, Trial.score).join(Trial, Trial.candidate_id == Candidate.id)
    query = query.where(Candidate.search_id == search_id, Trial.state == "done", Candidate.phase == "retrain", *where)
    scores: dict[tuple[int, str], tuple[float, ...]] = defaultdict(tuple)
    candidates = {}
    for candidate, phase, score in session.execute(query.order_by(Candidate.number, Trial.number)):
        candidates[candidate.id] = candidate
        scores[candidate.id, phase] += (score or 0.0,)
    means = boards.means(session, search_id, *where)
    return [
        Sample(
            c.label,
            c.origin,
            scores[n, "retrain"],
            placement(c),
            overhead.surrogate(c.configuration),
            means[n],
            scores[n, "confirm"],
        )
        for n, c in candidates.items()
    ]


def leaders(session: Session, search_id: UUID, count: int) -> list[Sample]:
    """The best so many of those that have all their seeds and keep every constraint, by number."""
    spec = get(session, search_id).spec
    first = ranking.groups(search_id, Goal.of(spec), seeds=spec["seeds"])[0].limit(count)
    return samples(session, search_id, Candidate.id.in_(session.scalars(first).all()))


def confirm(session: Session, lease: Lease, repeats: Sequence[tuple[str, int]]) -> None:
    """Record the trials that confirm the search's leaders, by label and seed; they wait to be started."""
    search = fence(session, lease)
    confirming = select(Trial.id).where(Trial.search_id == search.id, Trial.phase == "confirm").limit(1)
    if search.state != "running" or session.scalars(confirming).first():
        return  # not now; or they have been recorded, by a commit whose answer was lost
    leaders = select(Candidate, Trial.steps).join(Trial, Trial.candidate_id == Candidate.id)
    chosen = leaders.where(Candidate.search_id == search.id, Candidate.label.in_({label for label, _ in repeats}))
    found = {candidate.label: (candidate, steps) for candidate, steps in session.execute(chosen)}
    for label, seed in repeats:
        candidate, steps = found[label]
        trial = Trial(
            search_id=search.id,
            candidate_id=candidate.id,
            number=search.trial_count,
            seed=seed,
            phase="confirm",
            steps=steps,
            asked_after=search.tell_count,
        )
        session.add(trial)
        search.trial_count += 1
        emit(session, search, "trial_asked", trial=trial.number, candidate=candidate.number, label=label)
    search.total_trials = search.trial_count


def stand(session: Session, lease: Lease, standing: dict[str, Any] | None) -> None:
    """Record which of the search's leaders differ from the first."""
    search = fence(session, lease)
    if search.standing != standing:
        search.standing = standing
        emit(session, search, "compared")


def _free(owner: UUID, held: Collection[UUID]) -> Select[Search]:
    lost = and_(Search.owner == owner, Search.id.not_in(held))
    free = or_(Search.lease_until.is_(None), Search.lease_until < now(), lost)
    return select(Search).where(Search.state.in_(("queued", "running", "cancelling")), free)


def _again(session: Session, search: Search, trial: Trial, reason: str, *, loss: bool = True) -> None:
    """Make a running trial pending again; a `loss` of its worker too many fails it."""
    trial.losses += loss
    if trial.losses >= MAX_LOSSES:
        _failed(session, search, trial, f"given up after {MAX_LOSSES} lost workers: {reason}")
        return
    trial.state, trial.attempt = "pending", trial.attempt + 1
    emit(session, search, "trial_lost", trial=trial.number, attempt=trial.attempt, reason=reason)


def _interrupt(session: Session, search: Search, reason: str, but: Collection[UUID] = ()) -> None:
    running = select(Trial).where(Trial.search_id == search.id, Trial.state == "running")
    for trial in session.scalars(running).all():
        if trial.id not in but:
            _again(session, search, trial, reason, loss=False)


def _failed(session: Session, search: Search, trial: Trial, error: str) -> None:
    search.failed_count += 1
    trial.state, trial.error, trial.finished = "failed", error, now()
    trial.failed_after = search.tell_count
    emit(session, search, "trial_failed", trial=trial.number, error=error.strip().rpartition("\n")[2])
