"""Points of searches over named dimensions: read from candidates' configurations, which say everything."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchsvc import kinds
from searchsvc.kinds import BaseJob, Kind
from searchsvc.store import fields
from searchsvc.store.tables import Candidate, Search, Trial
from spaces import body
from spaces.errors import ConflictError, NotFoundError
from spaces.identity import fingerprint
from spaces.space.dimensions import has, read_point


def covered(search: Search) -> list[dict[str, Any]]:
    """What a search knew from the start, by its dimensions, of those points that these have a place for.

    Earlier releases stored others as well.
    """
    dimensions = kinds.of(search).dimensions
    found = [{**o, "point": {name: o["point"][name] for name in dimensions}} for o in search.observations or ()]
    points = [read_point(o["point"]) for o in found]
    return [o for o, p in zip(found, points, strict=True) if has(dimensions, p)]


class Known(NamedTuple):
    """What a search knows from the start, as JSON, and what its users should mind of it."""

    observations: list[dict[str, Any]]
    warnings: list[str]


def known(session: Session, job: BaseJob) -> Known:
    """What is known when a job is submitted: its own observations, and what it names as `warm_start` has found.

    A configuration's score with a seed counts once, whichever searches had it, and not if this one will have it too.

    Raises:
        NotFoundError: there is no such search.
        ConflictError: a search has another task or objective, or lacks a dimension.
    """
    spec = job.to_json()
    found = Known(list(spec.get("observations", ())), [])
    runs = {(fingerprint(c.body), job.trial_seed(r)) for c in job.baselines() for r in range(job.repeats)}
    for search_id in spec.get("warm_start", ()):
        search = session.get(Search, UUID(search_id))
        if search is None:
            raise NotFoundError(f"warm_start: got {search_id}, which does not exist; give ids of searches")
        _check_alike(search, job)
        every = _found(session, search, job, runs)
        here = [one for one in every if job.covers(read_point(one["point"]))]
        found.observations.extend(here)
        found.warnings.extend(f"warm_start: search {search_id} {said}" for said in _minded(search, job, every, here))
    return found


def _minded(search: Search, job: BaseJob, every: Sequence[Any], here: Sequence[Any]) -> Iterator[str]:
    """What makes a search's results tell less than they seem to."""
    if not every:
        yield "has no finished trial that is not known anyway, so it adds nothing"
    if left := len(every) - len(here):
        yield f"has {left} of {len(every)} points that this space has no place for; they are left out"
    if different := _different(_fixed(kinds.of(search), search.spec), _fixed(job, job.to_json())):
        yield f"differs in {', '.join(different)}; what it has found may not hold here"


def _different(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Fields that are not the same, with both values."""
    return [
        f"{path} ({before[path]}, here {now[path]})"
        for path in before
        if path in now and fields.differs([before[path], now[path]])
    ]


def _fixed(kind: Kind, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Of network, neurons and training what is not searched."""
    kept = kind.unsearched(spec)
    return fields.flat({name: kept[name] for name in ("network", "neurons", "training") if name in kept})


def _check_alike(search: Search, job: BaseJob) -> None:
    own = (job.to_json()["task"], job.objective.metric, set(job.dimensions))
    other = (search.task, search.goal.objective.metric, set(kinds.of(search).dimensions))
    for what, ours, theirs in zip(("task", "objective", "space"), own, other, strict=True):
        if ours != theirs:
            raise ConflictError(
                f"warm_start: search {search.id} has {what} {theirs}, this one {ours}; name searches of the same "
                f"{what}, whatever their families and bounds"
            )


def _found(session: Session, search: Search, job: BaseJob, runs: set[tuple[str, int]]) -> Sequence[dict[str, Any]]:
    """Points and scores of a search, without the `runs` of fingerprint and seed that are known; these grow."""
    query = select(Candidate, Trial.seed, Trial.score).join(Trial, Trial.candidate_id == Candidate.id)
    done = query.where(Trial.search_id == search.id, Trial.state == "done", Trial.phase == "retrain")
    found: dict[int, tuple[str, dict[str, Any]]] = {}  # fingerprint, and what is known
    for candidate, seed, score in session.execute(done.order_by(Trial.tell_no)):
        if candidate.id not in found:
            known: dict[str, Any] = {"point": job.coordinates(candidate.configuration), "scores": []}
            found[candidate.id] = fingerprint(body.read(candidate.configuration)), known
        mark, known = found[candidate.id]
        if (mark, seed) not in runs:
            runs.add((mark, seed))
            known["scores"].append(score)
    return [known for _, known in found.values() if known["scores"]]
