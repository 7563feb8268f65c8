from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request, Response
from sqlalchemy.orm import Session

from api import exports, schemas, showing
from api.dependencies import Chosen, Db, SearchId
from api.once import Once
from api.route import StrictRoute
from searchsvc import kinds
from searchsvc.kinds import Job
from searchsvc.service import webhooks
from searchsvc.store import fitting, tables
from searchsvc.store.control import searches
from searchsvc.store.views import boards, counts, ranking
from searchsvc.store.views import trials as stored_trials
from spaces.errors import ConflictError, got

router = APIRouter(prefix="/v1/searches", tags=["searches"], route_class=StrictRoute)
State = Literal["queued", "running", "paused", "cancelling", "cancelled", "succeeded", "failed"]


@router.post("", status_code=201, response_model=schemas.Search, summary="Submit a search")
def submit(request: Request, job: Annotated[Job, Body()], once: Once, chosen: Chosen) -> Response:
    """Submit a search. It is stored when the answer arrives."""
    if job.webhook:
        webhooks.check(job.webhook, chosen)

    def act(session: Session) -> Response:
        fitting.check(session, job)
        made = searches.submit(session, job, webhook=chosen.webhook)
        return _answer(session, made, 201, {"Location": f"{request.scope['root_path']}/v1/searches/{made.id}"})

    return once(act, job.to_json())


@router.get("", summary="List searches")
def listing(
    database: Db,
    state: State | None = None,
    kind: Annotated[str | None, Query(max_length=80)] = None,
    name: Annotated[str, Query(max_length=200, description="what its name contains, in any case")] = "",
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> schemas.Searches:
    """Searches, newest first, without their specifications."""
    with database.read() as session:
        rows = searches.listing(session, state=state, kind=kind, text=name, before=cursor, limit=limit)
        found = showing.listed(session, rows)
    return schemas.Searches(searches=found, next_cursor=found[-1].id if len(found) == limit else None)


@router.get("/{search_id}", summary="A search: state, progress, verdict")
def one(search_id: SearchId, database: Db) -> schemas.Search:
    with database.read() as session:
        return showing.search(session, searches.get(session, search_id))


@router.post("/{search_id}/cancel", response_model=schemas.Search, summary="End a search")
def cancel(search_id: SearchId, once: Once) -> Response:
    """Ask for the search's end; what has been recorded stays."""
    return once(lambda session: _answer(session, searches.cancel(session, search_id)))


@router.post("/{search_id}/pause", response_model=schemas.Search, summary="Pause a search")
def pause(search_id: SearchId, once: Once) -> Response:
    """Set the search down; running trials go on from their last checkpoints when it is resumed."""
    return once(lambda session: _answer(session, searches.pause(session, search_id)))


@router.post("/{search_id}/resume", response_model=schemas.Search, summary="Resume a search")
def resume(search_id: SearchId, once: Once) -> Response:
    """Let a paused search go on."""
    return once(lambda session: _answer(session, searches.resume(session, search_id)))


@router.post("/{search_id}/retry", response_model=schemas.Search, summary="Retry a failed search")
def retry(search_id: SearchId, once: Once) -> Response:
    """Let a failed search go on from what is recorded; its failed trials run again, but for those that diverged."""
    return once(lambda session: _answer(session, searches.retry(session, search_id)))


@router.delete(
    "/{search_id}",
    status_code=204,
    response_model=None,
    responses={202: {"model": schemas.Search, "description": "Its runner ends it, then it is deleted"}},
    summary="Delete a search",
)
def delete(search_id: SearchId, once: Once) -> Response:
    """Delete a search with all that it has found, at once; one that runs is cancelled first, and then deleted."""

    def act(session: Session) -> Response:
        left = searches.remove(session, search_id)
        return _answer(session, left, 202) if left else Response(status_code=204)

    return once(act)


@router.get(
    "/{search_id}/leaderboard",
    response_model=schemas.Leaderboard,
    responses=exports.RESPONSES,
    summary="Its candidates, best first",
)
def leaderboard(
    search_id: SearchId,
    database: Db,
    limit: Annotated[int, Query(ge=1, le=1000)] = 20,
    cursor: str | None = None,
    sort: Annotated[str | None, Query(description="a metric or cost; with a leading minus worst first")] = None,
    format: exports.Format = "json",
) -> Any:
    """Candidates by the objective's mean over their seeds, or by `sort`; those that violate a constraint behind.

    As CSV or Parquet: all of them, in one answer.
    """
    with database.read() as session:
        search = searches.get(session, search_id)
        if format != "json":
            goal = search.goal
            order = ranking.Order.of(goal, sort)
            if cursor:
                ranking.read_cursor(cursor, search_id, order, goal)  # before the answer begins
            return exports.leaderboard(database, search_id, format, cursor, sort)
        rows, following = boards.leaderboard(session, search_id, limit=limit, cursor=cursor, sort=sort)
        return schemas.Leaderboard(
            search_id=search_id,
            state=search.state,
            seeds=search.seeds,
            objective=search.goal.objective.metric,
            compared_with=kinds.of(search).compared_with,
            basis=(search.standing or {}).get("basis"),
            total=counts.count(session, search_id),
            rows=[schemas.Row.of(row) for row in rows],
            next_cursor=following,
            search_seconds=search.search_seconds,
            retrain_seconds=search.retrain_seconds,
            conclusion=search.conclusion,
        )


@router.get("/{search_id}/best", summary="Its best configuration")
def best(
    search_id: SearchId,
    database: Db,
    rank: Annotated[int, Query(ge=1, le=10_000)] = 1,
    candidate: Annotated[str, Query(max_length=500, description="the label or number of one, instead of a rank")] = "",
) -> dict[str, Any]:
    """The configuration of the given rank, ready for `spaces.networks.build`, with a manifest of where it comes from.

    Only candidates with all their seeds count, and none that violates a constraint; one that is named need only have
    a trial that has ended well.
    """
    with database.read() as session:
        search = searches.get(session, search_id)
        asked = boards.named(session, search_id, candidate) if candidate else boards.best(session, search_id, rank=rank)
        row, trial = asked
        if trial is None:
            raise ConflictError(f"candidate: got {got(candidate)}, of which no trial has ended well yet; wait for one")
        made = stored_trials.trial(session, trial)[0]
    board_row = schemas.Row.of(row)
    told = {"candidate", "label", "aliases", "origin", "metrics", "point", *(() if candidate else ("rank",))}
    manifest = {
        **(made.manifest or {}),
        "seed": made.seed,
        "search": str(search_id),
        "search_seed": search.seed,
        "kind": search.kind,
        "trial": str(trial),
        "command": f"searchsvc train best.json --seed {made.seed}",
        **board_row.model_dump(include=told),
    }
    return {**row.candidate.configuration, "manifest": manifest}


@router.get("/{search_id}/trials", response_model=schemas.Trials, responses=exports.RESPONSES, summary="Its trials")
def trials(
    search_id: SearchId,
    database: Db,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    format: exports.Format = "json",
) -> Any:
    """Trials by number. As CSV or Parquet: all of them, in one answer, costs as columns."""
    with database.read() as session:
        ended = searches.has_ended(session, search_id)
        after = stored_trials.read_cursor(cursor, search_id) if cursor else -1
        if format != "json":
            return exports.trials(database, search_id, format, after)
        pairs = stored_trials.trials(session, search_id, after=after, limit=limit)
        found = [schemas.Trial.of(*pair, has_ended=ended) for pair in pairs]
    following = stored_trials.write_cursor(search_id, found[-1].number) if len(found) == limit else None
    return schemas.Trials(trials=found, next_cursor=following)


def _answer(
    session: Session, search: tables.Search, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    return Response(showing.search(session, search).model_dump_json(), status, headers, "application/json")
