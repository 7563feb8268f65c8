"""The schema, on both databases."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from searchsvc import jobs, migrate
from searchsvc.db import Database
from searchsvc.models import Base
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
