"""Whole searches as files. Each page is a short transaction of its own, so a slow reader holds up nobody."""

from collections.abc import Iterator
from types import NoneType
from typing import Any, Literal, get_args, get_origin
from uuid import UUID

from fastapi.responses import StreamingResponse

from api import schemas
from searchsvc.metrics import catalog
from searchsvc.store import export
from searchsvc.store.control import searches
from searchsvc.store.db import Database
from searchsvc.store.export import Columns, Page
from searchsvc.store.views import boards
from searchsvc.store.views import trials as stored_trials

Format = Literal["json", "csv", "parquet"]
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {media_type: {} for media_type in export.MEDIA_TYPES.values()}}
}
PAGE = 1000
ESTIMATE: Columns = {"": float, "/std": float, "/ci95": float, "/n": int}


def trials(database: Database, search_id: UUID, format_: str, after: int) -> StreamingResponse:
    """A row for every trial; costs are columns."""
    columns = {name: _kind(field.annotation) for name, field in schemas.Trial.model_fields.items() if name != "costs"}
    columns |= dict.fromkeys(catalog.costs(), float)
    return _file(f"trials-{search_id}", format_, columns, _trials(database, search_id, after))


def leaderboard(
    database: Database, search_id: UUID, format_: str, cursor: str | None, sort: str | None
) -> StreamingResponse:
    """A row for every candidate; a metric is its mean, beside its standard deviation, interval and number of seeds."""
    columns = {name: _kind(field.annotation) for name, field in schemas.Row.model_fields.items() if name != "metrics"}
    columns |= {f"{name}{suffix}": kind for name in _told() for suffix, kind in ESTIMATE.items()}
    return _file(f"leaderboard-{search_id}", format_, columns, _rows(database, search_id, cursor, sort))


def _told() -> list[str]:
    """Without costs over fresh seeds, of which a search has one at most."""
    return [name for name, metric in catalog.told().items() if not (metric.is_cost and metric.split)]


def _trials(database: Database, search_id: UUID, after: int) -> Iterator[Page]:
    while True:
        with database.read() as session:
            found = stored_trials.trials(session, search_id, after=after, limit=PAGE)
            ended = searches.has_ended(session, search_id)
            page = [schemas.Trial.of(*pair, has_ended=ended).model_dump() for pair in found]
        yield [{**row, **row["costs"]} for row in page]
        if len(page) < PAGE:
            return
        after = page[-1]["number"]


def _rows(database: Database, search_id: UUID, cursor: str | None, sort: str | None) -> Iterator[Page]:
    while True:
        with database.read() as session:
            found, cursor = boards.leaderboard(session, search_id, limit=PAGE, cursor=cursor, sort=sort)
            page = [schemas.Row.of(row).model_dump() for row in found]
        yield [{**row, "placement": "-".join(row["placement"]), **_estimates(row["metrics"])} for row in page]
        if cursor is None:
            return


def _estimates(metrics: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        f"{name}{suffix}": estimate[suffix[1:] or "mean"] for name, estimate in metrics.items() for suffix in ESTIMATE
    }


def _file(name: str, format_: str, columns: Columns, pages: Iterator[Page]) -> StreamingResponse:
    return StreamingResponse(
        export.write(format_, columns, pages),
        media_type=export.MEDIA_TYPES[format_],
        headers={"Content-Disposition": f'attachment; filename="{name}.{format_}"'},
    )


def _kind(annotation: Any) -> type:
    """What a field holds, if it is there.

    >>> _kind(float | None), _kind(dict[str, Any] | None), _kind(UUID)
    (<class 'float'>, <class 'dict'>, <class 'uuid.UUID'>)
    """
    if NoneType in get_args(annotation):
        annotation = get_args(annotation)[0]
    kind: type = get_origin(annotation) or annotation
    return kind
