"""Is the database whole? (`searchsvc db check`) What is maintained as rows come is counted again from the rows."""

from collections import defaultdict
from collections.abc import Iterator
from math import isclose
from statistics import fmean
from typing import Any

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from searchsvc.store import artifacts, migrate
from searchsvc.store.control import records
from searchsvc.store.db import Database
from searchsvc.store.tables import Archive, Base, CandidateMetric, Event, Report, Search, Trial
from searchsvc.store.views import stored

TOLERANCE = 1e-9


def check(url: str, store: str | None = None) -> tuple[str, list[str]]:
    """The schema's revision, and every problem found; with a `store` also which files rows name and it lacks.

    Raises:
        UserError: it is no database, or does not answer.
    """
    migrate.require_file(url)
    revision = migrate.current(url)
    if problem := migrate.mismatch(revision):
        return revision, [problem]
    database = Database(url)
    try:
        with database.read() as session:
            parts = (_damage, _orphans, _counters, _means)
            problems = [problem for part in parts for problem in part(session)]
        return revision, problems + (_lacking(database, store) if store else [])
    finally:
        database.close()


def _lacking(database: Database, store: str) -> list[str]:
    """Files that the store lacks, or has with another size, while rows name them.

    The service may be at work: files come before their rows and go after them. So the store is read first, and what
    it lacks is looked for again.
    """
    first = _lacking_now(database, store)
    again = _lacking_now(database, store) if first else {}
    return [line for path, line in sorted(first.items()) if path in again]


def _lacking_now(database: Database, store: str) -> dict[str, str]:
    sizes = artifacts.sizes(store)
    with database.read() as session:
        named = stored.files(session)
    return {
        path: f"{path}: {what}, {_found(sizes.get(path))}, its row says {size} bytes"
        for path, what, size in named
        if sizes.get(path) != size
    }


def _found(size: int | None) -> str:
    return "not in the artifact store" if size is None else f"has {size} bytes in the artifact store"


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
    values: dict[tuple[int, str], list[float]] = defaultdict(list)
    done = select(Trial.candidate_id, Trial.phase, Trial.metrics, Trial.search_id).where(Trial.state == "done")
    objectives = {search.id: search.goal.objective.metric for search in session.scalars(select(Search))}
    for trial in session.execute(done.where(Trial.phase != "search").execution_options(yield_per=1000)):
        for name, value in records.counted(trial, objectives[trial.search_id]):
            values[trial.candidate_id, name].append(value)
    m = CandidateMetric
    stored = select(m.candidate_id, m.metric, m.n, m.mean, m.m2)
    rows = {(candidate, name): found for candidate, name, *found in session.execute(stored)}
    for key in sorted(values.keys() | rows.keys()):
        expected, found = _summed(values[key]), rows.get(key, [0, 0.0, 0.0])
        if not _agree(found, expected):
            yield f"candidate {key[0]}: {key[1]} has n, mean, m2 {found}, its trials give {expected}"


def _summed(values: list[float]) -> tuple[int, float, float]:
    mean = fmean(values) if values else 0.0
    return len(values), mean, sum((value - mean) ** 2 for value in values)


def _agree(stored: Any, expected: Any) -> bool:
    n, mean, m2 = expected
    rounding = TOLERANCE * mean * mean * n
    return (
        stored[0] == n
        and isclose(stored[1], mean, rel_tol=TOLERANCE)
        and isclose(stored[2], m2, rel_tol=TOLERANCE, abs_tol=rounding)
    )
