"""Points of searches over named dimensions: read from candidates' configurations, which say everything."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from searchsvc.jobs import BaseJob
from searchsvc.models import Candidate, Search, Trial
from searchsvc.objectives import Goal
from searchsvc.strategy import Pending
from spaces.dimensions import Point, read_point
from spaces.errors import ConflictError, NotFoundError


def values(spec: Mapping[str, Any], configuration: Mapping[str, Any]) -> dict[str, Any]:
    """What a candidate's configuration says of the dimensions of its search's space, as JSON; empty without a space."""
    return {name: configuration["network"][name] for name in spec.get("space", ())}


def point(spec: Mapping[str, Any], configuration: Mapping[str, Any]) -> Point:
    return read_point(values(spec, configuration))


def pending(session: Session, search: Search, number: int, told: Collection[int]) -> Pending:
    """The points of the trials before `number` that are not among the `told`; empty without a space."""
    if "space" not in search.spec:
        return {}
    query = select(Trial.number, Candidate.configuration).join(Candidate, Candidate.id == Trial.candidate_id)
    open_trials = query.where(Trial.search_id == search.id, Trial.number < number, Trial.number.not_in(told))
    return {n: point(search.spec, config) for n, config in session.execute(open_trials.order_by(Trial.number))}


def observations(session: Session, job: BaseJob) -> list[dict[str, Any]]:
    """What is known when a job is submitted: its own observations, and what it names as `warm_start` has found.

    Raises:
        NotFoundError: there is no such search.
        ConflictError: a search has another task or objective, or lacks a dimension.
    """
    spec = job.to_json()
    found: list[dict[str, Any]] = list(spec.get("observations", ()))
    for search_id in spec.get("warm_start", ()):
        search = session.get(Search, UUID(search_id))
        if search is None:
            raise NotFoundError(f"warm_start: got {search_id}, which does not exist; give ids of searches")
        _check_alike(search, spec)
        found += _found(session, search, spec)
    return found


def _check_alike(search: Search, spec: Mapping[str, Any]) -> None:
    own = (spec["task"], Goal.of(spec).objective.metric, set(spec["space"]))
    other = (search.spec.get("task"), Goal.of(search.spec).objective.metric, set(search.spec.get("space", ())))
    for what, ours, theirs in zip(("task", "objective", "space"), own, other, strict=True):
        if ours != theirs:
            raise ConflictError(
                f"warm_start: search {search.id} has {what} {theirs}, this one {ours}; name searches of the same "
                f"{what}, whatever their families and bounds"
            )


def _found(session: Session, search: Search, spec: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    query = select(Candidate.id, Candidate.configuration, Trial.score).join(Trial, Trial.candidate_id == Candidate.id)
    done = query.where(Trial.search_id == search.id, Trial.state == "done", Trial.phase == "retrain")
    scores: dict[int, list[float]] = defaultdict(list)
    points = {}
    for candidate, config, score in session.execute(done.order_by(Trial.tell_no)):
        points[candidate] = values(spec, config)
        scores[candidate].append(score)
    return [{"point": points[candidate], "scores": scores[candidate]} for candidate in points]
