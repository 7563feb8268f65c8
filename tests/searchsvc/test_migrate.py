"""The schema, on both databases."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text

from searchsvc import jobs, migrate
from searchsvc.db import Database
from searchsvc.models import Base, Candidate, Trial
from searchsvc.repo import searches
from tests.specs import TINY


def test_migrations_give_the_models_tables(database: Database) -> None:
    with database.read() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_down_and_up_again_with_data_in_it(database: Database, database_url: str) -> None:
    with database.write() as session:
        searches.submit(session, jobs.read(TINY))
    database.close()
    migrate.downgrade(database_url, "base")
    with database.read() as session:
        assert inspect(session.connection()).get_table_names() == ["alembic_version"]
    assert migrate.current(database_url) == ""
    assert migrate.upgrade(database_url) == migrate.head()


def test_processes_that_start_at_once_migrate_once(database_url: str) -> None:
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        assert list(pool.map(migrate.upgrade, [database_url] * 3)) == [migrate.head()] * 3


def test_every_constraint_has_a_name(database: Database) -> None:
    with database.read() as session:
        inspector = inspect(session.connection())
        for table in Base.metadata.tables:
            named = [inspector.get_pk_constraint(table), *inspector.get_foreign_keys(table)]
            assert all(constraint["name"] for constraint in named)


def test_what_was_scored_by_accuracy_keeps_it(database: Database, database_url: str) -> None:
    """Down to where `score` was the validation accuracy, and up again."""
    with database.write() as session:
        search = searches.submit(session, jobs.read({**TINY, "objective": {"metric": "energy"}}))
        candidate = Candidate(
            search_id=search.id, number=1, hash="x", origin="searched", label="x", phase="retrain", configuration={}
        )
        session.add(candidate)
        session.flush()
        key = {"search_id": search.id, "candidate_id": candidate.id, "number": 0, "seed": 0, "phase": "retrain"}
        session.add(Trial(**key, steps=1, asked_after=0, score=3e-9, validation_accuracy=0.75))
    database.close()
    migrate.downgrade(database_url, "0002_storage")
    query = text("SELECT score FROM trial")
    with database.read() as session:
        assert session.scalars(query).all() == [0.75]
    database.close()
    migrate.upgrade(database_url)
    with database.read() as session:
        found = session.scalars(select(Trial)).one()
        assert (found.score, found.validation_accuracy, found.metrics) == (0.75, 0.75, None)
