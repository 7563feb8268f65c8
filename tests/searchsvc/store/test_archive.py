"""Archived rows are in exactly one place at every moment, and reading them says where."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pandas
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from typer.testing import CliRunner

from api.app import create_app
from searchsvc import Client
from searchsvc.cli import commands as cli
from searchsvc.service.settings import Settings
from searchsvc.store import archive as module
from searchsvc.store import artifacts, migrate
from searchsvc.store.archive import archive
from searchsvc.store.check import check
from searchsvc.store.control import archives
from searchsvc.store.db import Database
from searchsvc.store.views import stored
from spaces.errors import ConflictError
from tests.data import released


@pytest.fixture
def database(upgraded_url: str) -> Iterator[Database]:
    with closing(Database(upgraded_url)) as opened:
        yield opened


@pytest.fixture
def search(database: Database) -> UUID:
    return named(database, "finished")


@pytest.fixture
def store(tmp_path: Path) -> str:
    return str(tmp_path / "artifacts")


def named(database: Database, name: str) -> UUID:
    with database.read() as session:
        return UUID(str(session.scalar(text("SELECT id FROM search WHERE name = :name"), {"name": name})))


def of(rows: released.Rows, table: str, search: UUID) -> dict[int, dict[str, Any]]:
    return {row["number"]: row for row in rows[table] if UUID(str(row["search_id"])) == search}


def files(rows: released.Rows, store: str) -> dict[str, pandas.DataFrame]:
    return {r["kind"]: pandas.read_parquet(io.BytesIO(artifacts.read(store, r["path"]))) for r in rows["archive"]}


@pytest.mark.parametrize("page", [1, 7, 10_000])
def test_every_row_moves_into_the_file_and_nothing_else_changes(
    database: Database, upgraded_url: str, search: UUID, store: str, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", page)
    before = released.rows(upgraded_url)
    moved = archive(database, store, search)
    after = released.rows(upgraded_url)
    frames = files(after, store)
    for kind, content in (("report", "metrics"), ("event", "body")):
        expected = of(before, kind, search)
        assert moved[kind] == len(expected) == len(frames[kind]) and not of(after, kind, search)
        for row in frames[kind].to_dict("records"):
            was = expected[row["number"]][content]
            assert json.loads(row[content]) == (json.loads(was) if isinstance(was, str) else was)
            assert row["created"] == expected[row["number"]]["created"]
    touched = {"report", "event", "archive"}
    assert {k: v for k, v in after.items() if k not in touched} == {k: v for k, v in before.items() if k not in touched}
    other = named(database, "interrupted")
    assert all(of(after, kind, other) == of(before, kind, other) for kind in ("report", "event"))
    assert check(upgraded_url) == (migrate.head(), [])
    with database.read() as session:
        assert {row["path"] for row in after["archive"]} <= stored.artifact_paths(session)  # the sweep keeps them


def test_again_and_at_the_same_time_it_moves_once(
    database: Database, upgraded_url: str, search: UUID, store: str
) -> None:
    with ThreadPoolExecutor(4) as pool:
        moved = list(pool.map(lambda _: archive(database, store, search), range(4)))
    assert sorted(map(len, moved)) in ([0, 0, 0, 2], [0, 0, 1, 1]) and archive(database, store, search) == {}
    rows = released.rows(upgraded_url)
    assert len(rows["archive"]) == 2
    assert {kind: len(frame) for kind, frame in files(rows, store).items()} == {
        r["kind"]: r["rows"] for r in rows["archive"]
    }


@pytest.mark.parametrize("kind", ["report", "event"])
@pytest.mark.parametrize("after_writing", [False, True])
def test_a_crash_in_between_loses_nothing_and_the_next_call_ends_it(
    database: Database,
    upgraded_url: str,
    search: UUID,
    store: str,
    kind: str,
    after_writing: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = released.rows(upgraded_url)
    real = archives.move

    def crash(session: Any, search_id: UUID, which: str, *more: Any) -> bool:
        done = real(session, search_id, which, *more) if after_writing or which != kind else False
        if which == kind:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(archives, "move", crash)
    with pytest.raises(KeyboardInterrupt):
        archive(database, store, search)
    after = released.rows(upgraded_url)
    assert of(after, kind, search) == of(before, kind, search)
    assert kind not in {row["kind"] for row in after["archive"]}
    monkeypatch.undo()
    archive(database, store, search)
    rows = released.rows(upgraded_url)
    assert {name: len(frame) for name, frame in files(rows, store).items()} == {
        name: len(of(before, name, search)) for name in ("report", "event")
    }
    with database.read() as session:
        known, over = stored.artifact_paths(session), stored.sweepable(session)
    assert len(artifacts.sweep(store, over, known, -1.0)) == 1  # what the crash left


def test_reading_says_where_the_rows_are(
    database: Database, upgraded_url: str, search: UUID, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive(database, store, search)
    paths = {row["kind"]: row["path"] for row in released.rows(upgraded_url)["archive"]}
    with TestClient(create_app(Settings(data=tmp_path, database_url=upgraded_url))) as client:
        ours = Client()
        monkeypatch.setattr(ours, "http", client)
        found = ours.search(str(search))
        trial = found.trials()[0]["id"]
        for path, kind in ((f"/v1/trials/{trial}/reports", "report"), (f"/v1/searches/{search}/events", "event")):
            answer = client.get(path)
            assert answer.status_code == 410 and paths[kind] in answer.json()["detail"]
        assert client.get(f"/v1/searches/{search}/figures/alpha").json()["data"]
        monkeypatch.setattr("searchsvc.cli.searches.Client", lambda url: ours)
        for options in ([], ["--json"]):
            watched = CliRunner().invoke(cli.app, ["watch", str(search), *options])
            assert watched.exit_code == 0 and watched.stdout == ("" if options else "succeeded\n")
        assert found.wait().best()["manifest"]["rank"] == 1  # it has ended; no events are needed to say so
        assert found.delete()
    assert released.rows(upgraded_url)["archive"] == []


def test_only_what_has_ended_long_ago_is_chosen(database: Database, search: UUID, store: str) -> None:
    with database.read() as session:
        assert archives.candidates(session, 0.0) == [search]
        assert archives.candidates(session, 365 * 86400 * 1000) == []
    for name in ("interrupted", "queued"):
        with pytest.raises(ConflictError, match="only one that has ended"):
            archive(database, store, named(database, name))
    archive(database, store, search)
    with database.read() as session:
        assert archives.candidates(session, 0.0) == []


def test_the_command(upgraded_url: str, search: UUID, tmp_path: Path) -> None:
    environment = {**os.environ, "SEARCHSVC_DATABASE_URL": upgraded_url, "SEARCHSVC_DATA": str(tmp_path)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from searchsvc.cli import main; main()", "archive", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    assert json.loads(run("--older-than", "9999999d", "--json").stdout) == {}
    moved = json.loads(run("--older-than", "0s", "--json").stdout)
    assert set(moved) == {str(search)} and set(moved[str(search)]) == {"report", "event"}
    assert "nothing left to archive" in run(str(search)).stdout
    wrong = run("--older-than", "soon")
    assert wrong.returncode == 2 and "such as 30d" in wrong.stderr
