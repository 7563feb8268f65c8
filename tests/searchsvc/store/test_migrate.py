"""The schema, on both databases."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import fmean
from textwrap import dedent, indent
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from fastapi.testclient import TestClient
from sqlalchemy import inspect, select, text

from api.app import create_app
from searchsvc import kinds
from searchsvc.service.audit import audit
from searchsvc.service.settings import Settings
from searchsvc.store import migrate
from searchsvc.store.check import check
from searchsvc.store.db import Database
from searchsvc.store.tables import Base, Candidate, Search, Trial
from spaces.errors import UserError
from tests.data import released
from tests.faults import checker
from tests.specs import TINY

REWRITTEN = {  # by that revision's upgrade; its downgrade restores it
    "0002": {("idempotency", "request_hash")},
    "0020": {("trial", "metrics"), ("candidate_metric", "metric")},
}
FIRST = "0001"


def revisions() -> list[str]:
    """After the first, in order."""
    scripts = ScriptDirectory.from_config(migrate.config("sqlite://"))
    return [script.revision for script in scripts.walk_revisions()][-2::-1]


@pytest.fixture(params=released.VERSIONS)
def released_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> str:
    """A database as an earlier release left it."""
    released.load(request.param, database_url, tmp_path)
    return database_url


def test_migrations_give_the_models_tables(database: Database) -> None:
    with database.read() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_constraint_has_a_name(database: Database) -> None:
    with database.read() as session:
        inspector = inspect(session.connection())
        for table in Base.metadata.tables:
            named = [inspector.get_pk_constraint(table), *inspector.get_foreign_keys(table)]
            assert all(constraint["name"] for constraint in named)


def test_every_revision_up_and_down_keeps_every_row(database_url: str, tmp_path: Path) -> None:
    released.load("0.1.0", database_url, tmp_path)
    below = FIRST
    for revision in revisions():
        before = released.rows(database_url)
        assert below != FIRST or all(before.values())  # or nothing could be lost
        migrate.upgrade(database_url, revision)
        assert _lost(before, released.rows(database_url), REWRITTEN.get(revision, set())) == []
        migrate.downgrade(database_url, below)
        assert released.rows(database_url) == before
        migrate.upgrade(database_url, revision)
        below = revision
    migrate.downgrade(database_url, "base")
    assert released.rows(database_url) == {} and migrate.current(database_url) == ""
    assert migrate.upgrade(database_url) == migrate.head()


def _lost(before: released.Rows, after: released.Rows, rewritten: set[tuple[str, str]]) -> list[str]:
    """Tables whose rows, in the columns that both schemas have, are no longer the same."""
    lost = []
    for table, rows in before.items():
        kept = {name for row in after.get(table, []) for name in row}
        columns = sorted(name for name in rows[0] if name in kept and (table, name) not in rewritten) if rows else []
        old, new = (sorted(repr([row[c] for c in columns]) for row in found) for found in (rows, after.get(table, [])))
        lost += [table] if old != new else []
    return lost


def test_what_is_archived_does_not_go_back(database: Database, database_url: str) -> None:
    with TestClient(create_app(Settings(database_url=database_url))) as client:
        made = client.post("/v1/searches", json=TINY).json()["id"]
    with database.write() as session:
        values = {"id": made if "postgresql" in database_url else UUID(made).hex}
        session.execute(text("INSERT INTO archive VALUES (:id, 'report', 'x', '0', 1, 1, 0)"), values)
    with pytest.raises(RuntimeError, match="go back to a backup"):
        migrate.downgrade(database_url, FIRST)
    assert migrate.current(database_url) == migrate.head()


def test_the_service_serves_what_an_earlier_release_stored(released_url: str, tmp_path: Path) -> None:
    before = released.rows(released_url)
    migrate.upgrade(released_url)
    assert check(released_url) == (migrate.head(), [])
    assert checker.check(released_url) == []
    finished = next(search for search in before["search"] if search["state"] == "succeeded")
    search_id = UUID(str(finished["id"]))
    database = Database(released_url)
    with database.read() as session:
        assert audit(session, search_id) == (9, [])
    database.close()
    with TestClient(create_app(Settings(data=tmp_path, database_url=released_url))) as client:
        board = client.get(f"/v1/searches/{search_id}/leaderboard").json()["rows"]
        expected = _means(before, finished["id"])
        assert [row["metrics"]["accuracy/validation"]["mean"] for row in board] == pytest.approx(expected)
        best = client.get(f"/v1/searches/{search_id}/best").json()
        assert best["manifest"]["label"] == board[0]["label"]
        stream = client.get(f"/v1/searches/{search_id}/events").text
        assert stream.count("\nid: ") == sum(event["search_id"] == finished["id"] for event in before["event"])
        stored = client.get(f"/v1/searches/{search_id}").json()["spec"]
        sent = {name: value for name, value in TINY.items() if name in stored}  # `confirm` came with 0.2.0
        again = client.post(
            "/v1/searches", json={**sent, "name": "finished"}, headers={"Idempotency-Key": "key of finished"}
        )
        assert again.status_code == 201 and again.headers["location"].endswith(str(search_id))
        told, new = again.json(), client.post("/v1/searches", json={**TINY, "name": "finished"}).json()
        told["progress"] = {"seconds_left": None, "pruned": 0, **told["progress"]}  # which came later too
        told.setdefault("events", new["events"])  # likewise
        assert new.pop("queue_place") and new.pop("warnings") == []
        changed = {name for name in new if new[name] != told.get(name)}
        assert changed - {"spec"} == {"id", "created"}  # else the answer is what a new one is; later fields are null
        assert stored["max_failed_trials"] == (0 if "confirm" not in stored else None)
        today = {**new["spec"], "max_failed_trials": stored["max_failed_trials"]}  # which may have more fields today
        assert kinds.read({"confirm": 0, **told["spec"]}) == kinds.read(today)
        other = client.post("/v1/searches", json={**TINY, "seeds": 1}, headers={"Idempotency-Key": "key of finished"})
        assert other.status_code == 422 and "Idempotency-Key" in other.json()["detail"]
        assert len(client.get("/v1/searches").json()["searches"]) == len(before["search"]) + 1


def _means(rows: released.Rows, search_id: Any) -> list[float]:
    by_candidate: dict[int, list[float]] = {}
    for trial in rows["trial"]:
        if trial["search_id"] == search_id and trial["phase"] == "retrain":
            by_candidate.setdefault(trial["candidate_id"], []).append(trial["score"])
    return sorted(map(fmean, by_candidate.values()), reverse=True)


def test_of_six_processes_that_start_at_once_one_migrates(released_url: str, tmp_path: Path) -> None:
    before, schema = released.rows(released_url), migrate.current(released_url)
    code = "import sys; from searchsvc.store import migrate; migrate.upgrade(sys.argv[1], say=print)"
    command = [sys.executable, "-c", code, released_url]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    said = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 6
    assert migrate.current(released_url) == migrate.head()
    assert _lost(before, released.rows(released_url), {pair for pairs in REWRITTEN.values() for pair in pairs}) == []
    if released_url.startswith("sqlite"):
        copies = [Path(line.rpartition(": ")[2].strip()) for line in said if line]
        assert copies == list(tmp_path.glob(f"searchsvc.{schema}.*.db"))
        assert len(copies) == (schema != migrate.head())


@pytest.fixture
def revise(tmp_path: Path) -> Iterator[Any]:
    """Applies one more revision, written for the test."""

    def apply(url: str, body: str) -> None:
        (folder := tmp_path / "more").mkdir()
        body = indent(dedent(body).strip(), "    ")
        text = (
            f"from alembic import op\nrevision = 'more'\ndown_revision = {migrate.head()!r}\ndef upgrade():\n{body}\n"
        )
        (folder / "more.py").write_text(text)
        config = migrate.config(url)
        config.set_main_option("version_locations", f"{Path(migrate.__file__).parents[2]}/migrations/versions:{folder}")
        command.upgrade(config, "more")

    yield apply


def test_a_table_that_is_rebuilt_keeps_its_children(released_url: str, revise: Any) -> None:
    """SQLite alters a table by making it again; ON DELETE CASCADE must not see that."""
    migrate.upgrade(released_url)
    before = released.rows(released_url)
    revise(
        released_url,
        """
        for table in ("search", "candidate", "trial"):
            with op.batch_alter_table(table) as batch:
                batch.alter_column("phase" if table != "search" else "name", nullable=True)
        """,
    )
    assert released.rows(released_url) == before


def test_a_migration_that_fails_changes_nothing(released_url: str, revise: Any) -> None:
    migrate.upgrade(released_url)
    before = released.rows(released_url)
    with pytest.raises(ZeroDivisionError):
        revise(released_url, "op.execute('DELETE FROM event')\nop.drop_table('layer_cost')\n1 / 0")
    assert released.rows(released_url) == before and migrate.current(released_url) == migrate.head()


def test_what_was_scored_by_accuracy_keeps_it(database: Database, database_url: str) -> None:
    """Down to where `score` was the validation accuracy, and up again."""
    with TestClient(create_app(Settings(database_url=database_url))) as client:
        client.post("/v1/searches", json={**TINY, "objective": {"metric": "energy"}})
    with database.write() as session:
        about = {"search_id": session.scalars(select(Search.id)).one(), "number": 0, "phase": "retrain"}
        candidate = Candidate(**about, origin="searched", label="x", configuration={})
        session.add(candidate)
        session.flush()
        more = {"candidate_id": candidate.id, "seed": 0, "steps": 1, "asked_after": 0}
        session.add(Trial(**about, **more, score=3e-9, metrics={"accuracy/validation": 0.75}))
    database.close()
    migrate.downgrade(database_url, "0004")
    with database.read() as session:
        assert session.scalars(text("SELECT score FROM trial")).all() == [0.75]
    database.close()
    migrate.upgrade(database_url)
    with database.read() as session:
        found = session.scalars(select(Trial)).one()
        assert (found.score, found.metrics) == (0.75, {"accuracy/validation": 0.75})


def test_what_reads_a_database_refuses_one_that_is_not_there_and_makes_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist; give SEARCHSVC_DATA"):
        migrate.require(f"sqlite:///{tmp_path}/none/searchsvc.db")
    assert list(tmp_path.iterdir()) == []


def test_what_reads_a_database_refuses_another_schema(database_url: str, tmp_path: Path) -> None:
    released.load("0.1.0", database_url, tmp_path)
    with pytest.raises(UserError, match=f"schema is 0001, needed is {migrate.head()}; run: searchsvc db upgrade"):
        migrate.require(database_url)
    migrate.upgrade(database_url)
    migrate.require(database_url)


def test_a_newer_versions_database_is_left_as_it_is(tmp_path: Path, migrated_file: Path) -> None:
    file = tmp_path / "searchsvc.db"
    shutil.copy(migrated_file, file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for use in (migrate.upgrade, migrate.require):
        with pytest.raises(UserError, match="schema is 9999, which is unknown here; install a newer version"):
            use(f"sqlite:///{file}")
    assert [other.name for other in tmp_path.glob("*.db")] == [file.name]  # no backup of what nothing was done to
