"""Is the database whole? (`searchsvc db check`) What is maintained as rows come is counted again from the rows."""

from collections import defaultdict
from collections.abc import Iterator
from math import isclose
from statistics import fmean
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select, text, tuple_
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import InstrumentedAttribute, Session

from searchsvc import migrate
from searchsvc.db import Database
from searchsvc.models import Archive, Base, CandidateMetric, Event, Report, Search, Trial
from searchsvc.objectives import Goal
from searchsvc.repo import records
from searchsvc.repo.records import METRICS

TOLERANCE = 1e-9


def check(url: str) -> tuple[str, list[str]]:
    """The schema's revision, and every problem found.

    Raises:
        UserError: it is no database, or does not answer.
    """
    migrate.require_file(url)
    try:
        revision = migrate.current(url)
    except DatabaseError as error:
        raise migrate.unreadable(url, error) from None
    if problem := migrate.mismatch(revision):
        return revision, [problem]
    database = Database(url)
    try:
        with database.read() as session:
            parts = (_damage, _orphans, _counters, _means, _further)
            return revision, [problem for part in parts for problem in part(session)]
    finally:
        database.close()


def _damage(session: Session) -> Iterator[str]:
    if session.get_bind().dialect.name == "sqlite":
        lines = session.scalars(text("PRAGMA integrity_check"))
        yield from (f"integrity_check: {line}" for line in lines if line != "ok")


def _orphans(session: Session) -> Iterator[str]:
    """Rows whose parent is not there: foreign keys, looked at again."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            query = select(func.count()).select_from(table).where(~exists().where(key.column == key.parent))
            if count := session.scalar(query):
                yield f"{count} rows of {table.name} whose {key.parent.name} is in no {key.column.table.name}"


def _counters(session: Session) -> Iterator[str]:
    """Numbers of a search run from 1, those of trials from 0, without gaps, to what its counter says."""
    failed = select(func.count()).where(Trial.search_id == Search.id, Trial.state == "failed").scalar_subquery()
    for search_id, counted, found in session.execute(
        select(Search.id, Search.failed_count, failed).where(Search.failed_count != failed)
    ):
        yield f"search {search_id}: {found} failed trials, its counter says {counted}"
    for counter, number, first in (
        (Search.event_count, Event.number, 1),
        (Search.report_count, Report.number, 1),
        (Search.tell_count, Trial.tell_no, 1),
        (Search.trial_count, Trial.number, 0),
    ):
        yield from _gaps(session, counter, number, first)


def _gaps(
    session: Session, counter: InstrumentedAttribute[int], number: InstrumentedAttribute[Any], first: int
) -> Iterator[str]:
    table = number.class_.__tablename__
    archived = select(Archive.rows).where(Archive.search_id == Search.id, Archive.kind == table).scalar_subquery()
    rows = number.class_
    query = (
        select(Search.id, counter, archived, func.count(number.distinct()), func.min(number), func.max(number))
        .outerjoin(rows, rows.search_id == Search.id)
        .group_by(Search.id)
    )
    for search_id, counted, moved, count, least, most in session.execute(query):
        whole = (count, least, most) == (counted, first, first + counted - 1) if count else counted == (moved or 0)
        if not whole:
            yield f"search {search_id}: {count} {table}s numbered {least} to {most}, its {counter.key} says {counted}"


def _means(session: Session) -> Iterator[str]:
    """Every candidate's means and spreads, from its finished trials, and none for what has no trials."""
    for metric, split, _, column in METRICS:
        stored = select(CandidateMetric).where(CandidateMetric.metric == metric, CandidateMetric.split == split)
        rows = {row.candidate_id: (row.n, row.mean, row.m2) for row in session.scalars(stored)}
        for candidate, *expected in session.execute(_again(getattr(Trial, column))):
            row = rows.pop(candidate, (0, 0.0, 0.0))
            if not _agree(row, expected):
                yield f"candidate {candidate}: {metric} {split} has n, mean, m2 {row}, its trials give {expected}"
        yield from (f"candidate {candidate}: {metric} {split}, but no finished trial" for candidate in rows)


def _further(session: Session) -> Iterator[str]:
    """The same of metrics that only some trials have, and of leaders on fresh seeds."""
    values: dict[tuple[int, str, str], list[float]] = defaultdict(list)
    done = select(Trial.candidate_id, Trial.metrics).where(Trial.state == "done", Trial.phase == "retrain")
    for candidate, metrics in session.execute(done):
        for metric in metrics or ():
            values[candidate, metric["metric"], metric["split"]].append(metric["value"])
    confirming = select(Trial, Search.spec).join(Search, Search.id == Trial.search_id)
    for trial, spec in session.execute(confirming.where(Trial.state == "done", Trial.phase == "confirm")):
        for metric in records.counted(trial, Goal.of(spec).objective.metric):
            values[trial.candidate_id, metric["metric"], metric["split"]].append(metric["value"])
    named = {(metric, split) for metric, split, *_ in METRICS}
    m = CandidateMetric
    stored = select(m).where(tuple_(m.metric, m.split).not_in(named))
    rows = {(row.candidate_id, row.metric, row.split): (row.n, row.mean, row.m2) for row in session.scalars(stored)}
    for key in sorted(values.keys() | rows.keys()):
        mean = fmean(values[key]) if values[key] else 0.0
        expected = len(values[key]), mean, sum((value - mean) ** 2 for value in values[key])
        if not _agree(rows.get(key, (0, 0.0, 0.0)), expected):
            yield f"candidate {key[0]}: {key[1]} {key[2]} has n, mean, m2 {rows.get(key)}, its trials give {expected}"


def _again(value: ColumnElement[float | None]) -> Select[int, int, Any, float | None]:
    """Number, mean and sum of squared deviations of `value` by candidate."""
    done = (Trial.state == "done", Trial.phase == "retrain", value.is_not(None))
    mean = (
        select(Trial.candidate_id, func.avg(value).label("mean")).where(*done).group_by(Trial.candidate_id).subquery()
    )
    deviation = value - mean.c.mean
    return (
        select(Trial.candidate_id, func.count(), func.max(mean.c.mean), func.sum(deviation * deviation))
        .join(mean, mean.c.candidate_id == Trial.candidate_id)
        .where(*done)
        .group_by(Trial.candidate_id)
    )


def _agree(stored: Any, expected: Any) -> bool:
    n, mean, m2 = expected
    rounding = TOLERANCE * mean * mean * n
    return (
        stored[0] == n
        and isclose(stored[1], mean, rel_tol=TOLERANCE)
        and isclose(stored[2], m2, rel_tol=TOLERANCE, abs_tol=rounding)
    )
