"""What a runner writes. Every write first locks the search and checks that the runner still owns it (`leases.fence`).

The cycle of a trial: *ask* and *start*, then its steps (`results`); or *fail*, *lose*. A write under an old epoch
raises `Fenced`; one under an old attempt does nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard
from uuid import UUID

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from searchsvc.store.control import records
from searchsvc.store.control.attempts import again, failed, interrupt, storable
from searchsvc.store.control.events import FINAL_STATES, emit
from searchsvc.store.control.leases import Lease, fence, fence_now
from searchsvc.store.control.searches import end_open_trials, erase
from searchsvc.store.db import now
from searchsvc.store.tables import Artifact, Candidate, Search, Trial
from searchsvc.strategy import Asked, Outcome, Suggestion
from spaces.errors import UserError


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
    start: str | None = None  # the trained weights that it begins with


@dataclass(frozen=True)
class Question:
    """What suggestions depend on, and nothing else: of up to `count` trials behind those `asked` for."""

    spec: dict[str, Any]
    asked: tuple[Asked, ...]
    outcomes: tuple[Outcome, ...]
    count: int


def is_running(trial: Trial | None, work: Work) -> TypeGuard[Trial]:
    """Whether it is still this attempt that runs; read the trial under the search's lock."""
    return trial is not None and trial.attempt == work.attempt and trial.state == "running"


def reconcile(session: Session, lease: Lease, known: Collection[UUID]) -> None:
    """Interrupt trials that run in the rows and nowhere else, as after a commit whose answer was lost."""
    interrupt(session, fence(session, lease), "its start was not confirmed", but=known)


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
    starts = _weights(session, search, [suggestion.start_from for suggestion in suggestions])
    candidates = records.candidate_rows(session, search, suggestions)
    search.health = suggestions[-1].health or search.health
    fields: dict[str, Any] = {"asked_after": asked_after}
    fields |= {"state": "running", "started": moment} if start else {}
    trials = [
        _asked(session, search, c, c.phase, s.candidate.body.steps, seed=s.seed, start_from=s.start_from, **fields)
        for s, c in zip(suggestions, candidates, strict=True)
    ]
    if not start:
        return []
    session.flush()  # which gives them their ids
    for trial in trials:
        emit(session, search, "trial_started", trial=trial.number, attempt=trial.attempt)
    pairs = zip(trials, candidates, strict=True)
    return [
        Work(t.id, t.number, t.attempt, t.seed, c.configuration, t.phase, start=starts.get(t.start_from))
        for t, c in pairs
    ]


def _asked(session: Session, search: Search, candidate: Candidate, phase: str, steps: int, **fields: Any) -> Trial:
    """The search's next trial, which is one of this candidate."""
    number = search.trial_count
    trial = Trial(search_id=search.id, candidate_id=candidate.id, number=number, phase=phase, steps=steps, **fields)
    session.add(trial)
    search.trial_count += 1
    emit(session, search, "trial_asked", trial=number, candidate=candidate.number, label=candidate.label)
    return trial


def _weights(session: Session, search: Search, numbers: Collection[int | None]) -> dict[int | None, str]:
    """The paths of the weights that these trials have learned, by their numbers.

    Raises:
        UserError: there are none, which a strategy must know.
    """
    wanted = set(numbers) - {None}
    if not wanted:
        return {}
    query = select(Trial.number, Artifact.path).join(Artifact, Artifact.trial_id == Trial.id)
    query = query.where(Artifact.kind == "weights", Trial.search_id == search.id, Trial.state == "done")
    found: dict[int | None, str] = dict(session.execute(query.where(Trial.number.in_(wanted))).all())
    if missing := wanted - found.keys():
        raise UserError(
            f"strategy: got a trial that starts from trial {missing.pop()}, which has no trained weights; wait for it"
        )
    return found


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
    starts = _weights(session, search, [trial.start_from for trial, _, _ in found])
    return [
        Work(t.id, t.number, t.attempt, t.seed, config, t.phase, path, starts.get(t.start_from))
        for t, config, path in found
    ]


def fail(session: Session, lease: Lease, work: Work, error: str, *, diverged: bool = False) -> None:
    """Record that the trial itself failed; it does not run again by itself.

    One that `diverged` says something of its candidate, unless that is a super network, without which nothing goes on.
    """
    search, trial = fence(session, lease), session.get(Trial, work.trial_id)
    if is_running(trial, work):
        failed(session, search, trial, error, diverged=diverged and trial.phase != "search")


def lose(session: Session, lease: Lease, work: Work, reason: str) -> None:
    """Record that the trial's worker was lost; it runs again, a few times at most."""
    search, trial = fence(session, lease), session.get(Trial, work.trial_id)
    if is_running(trial, work):
        again(session, search, trial, reason)


def explain(session: Session, lease: Lease, insight: dict[str, Any]) -> None:
    """Keep what its surrogate says of the search (`wasserstein.insight`), in the place of what it said before."""
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
    error = storable(error) if error else None
    search.error, search.conclusion, search.standing = error, conclusion, standing or search.standing
    emit(session, search, state, **({"error": error} if error else {}))


def confirm(session: Session, lease: Lease, repeats: Sequence[tuple[str, int]]) -> None:
    """Record the trials that confirm the search's leaders, by label and seed; they wait to be started."""
    search = fence(session, lease)
    confirming = select(Trial.id).where(Trial.search_id == search.id, Trial.phase == "confirm").limit(1)
    if search.state != "running" or session.scalars(confirming).first():
        return  # not now; or they have been recorded, by a commit whose answer was lost
    leaders = select(Candidate, Trial.steps, Trial.start_from).join(Trial, Trial.candidate_id == Candidate.id)
    chosen = leaders.where(Candidate.search_id == search.id, Candidate.label.in_({label for label, _ in repeats}))
    rows = session.execute(chosen.order_by(Trial.number.desc()))  # so that each begins as its candidate's first one did
    found = {candidate.label: (candidate, steps, start_from) for candidate, steps, start_from in rows}
    for label, seed in repeats:
        candidate, steps, start_from = found[label]
        told = search.tell_count
        _asked(session, search, candidate, "confirm", steps, seed=seed, start_from=start_from, asked_after=told)
    search.total_trials = search.trial_count


def name(session: Session, lease: Lease, names: Mapping[str, str]) -> None:
    """Give candidates further labels, each with the label that its candidate has."""
    search = fence(session, lease)
    query = select(Candidate).where(Candidate.search_id == search.id, Candidate.label.in_(names.values()))
    found = {candidate.label: candidate for candidate in session.scalars(query)}
    for alias, label in names.items():
        if label in found and alias not in found[label].aliases:
            found[label].aliases = [*found[label].aliases, alias]
            emit(session, search, "candidate_named", candidate=found[label].number, label=label, alias=alias)


def stand(session: Session, lease: Lease, standing: dict[str, Any] | None) -> None:
    """Record which of the search's leaders differ from the first."""
    search = fence(session, lease)
    if search.standing != standing:
        search.standing = standing
        emit(session, search, "compared")
