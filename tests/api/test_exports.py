"""Exports of a search that a release stored, read with other libraries and compared with plain SQL."""

import io
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pandas
import pytest
from fastapi.testclient import TestClient
from pyarrow import parquet
from sqlalchemy import text

from api import exports
from api.app import create_app
from searchsvc import Client
from searchsvc.service.settings import Settings
from searchsvc.store import export
from searchsvc.store.db import Database


@pytest.fixture
def database(upgraded_url: str) -> Iterator[Database]:
    with closing(Database(upgraded_url)) as opened:
        yield opened


@pytest.fixture
def client(upgraded_url: str, tmp_path: Path) -> Iterator[TestClient]:
    app = create_app(Settings(data=tmp_path, database_url=upgraded_url))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def search(database: Database) -> UUID:
    with database.read() as session:
        return UUID(str(session.scalar(text("SELECT id FROM search WHERE name = 'finished'"))))


def read(client: TestClient, search: UUID, what: str, format_: str, **more: Any) -> pandas.DataFrame:
    answer = client.get(f"/v1/searches/{search}/{what}", params={"format": format_, **more})
    assert answer.status_code == 200, answer.text
    assert f"{what}-{search}.{format_}" in answer.headers["content-disposition"]
    content = io.BytesIO(answer.content)
    return pandas.read_csv(content) if format_ == "csv" else pandas.read_parquet(content)


@pytest.mark.parametrize("page", [1, 4, 9, 1000])
@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_every_trial_once_with_its_numbers(
    client: TestClient, database: Database, search: UUID, format_: str, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PAGE", page)
    frame = read(client, search, "trials", format_)
    with database.read() as session:
        rows = session.execute(
            text(
                "SELECT t.number, t.seed, t.score, t.metrics, t.finished, c.label, t.tell_no FROM trial t"
                " JOIN candidate c ON c.id = t.candidate_id JOIN search s ON s.id = t.search_id"
                " WHERE s.name = 'finished' ORDER BY t.number"
            )
        ).all()
    assert list(frame["number"]) == list(range(9)) and set(frame["search_id"]) == {str(search)}
    times = pandas.to_datetime(frame["finished"], utc=True).map(lambda time: time.timestamp())
    assert list(times) == pytest.approx([row.finished for row in rows], abs=1e-5)
    for column, name in {
        **{"seed": "seed", "validation_accuracy": "score", "label": "label", "tell_no": "tell_no"},
    }.items():
        assert list(frame[column]) == [getattr(row, name) for row in rows]
    measured = [json.loads(row.metrics) if isinstance(row.metrics, str) else row.metrics for row in rows]
    for column in ("energy", "parameters"):
        assert list(frame[column]) == [metrics[column] for metrics in measured]
    assert list(read(client, search, "trials", format_, cursor=f"{search}:5")["number"]) == [6, 7, 8]


@pytest.mark.parametrize("page", [1, 3, 1000])
@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_the_leaderboard_as_a_table_is_the_leaderboard(
    client: TestClient, search: UUID, format_: str, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PAGE", page)
    frame = read(client, search, "leaderboard", format_)
    rows = client.get(f"/v1/searches/{search}/leaderboard").json()["rows"]
    assert list(frame["rank"]) == [row["rank"] for row in rows]
    assert list(frame["placement"]) == ["-".join(row["placement"]) for row in rows]
    for name, suffix, key in (("accuracy/validation", "", "mean"), ("energy", "/std", "std"), ("sops", "/n", "n")):
        assert list(frame[name + suffix]) == [row["metrics"][name][key] for row in rows]


@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_a_search_without_trials_gives_the_columns(client: TestClient, database: Database, format_: str) -> None:
    with database.read() as session:
        queued = UUID(str(session.scalar(text("SELECT id FROM search WHERE name = 'queued'"))))
    for what, column in (("trials", "validation_accuracy"), ("leaderboard", "accuracy/test/ci95")):
        frame = read(client, queued, what, format_)
        assert len(frame) == 0 and column in frame.columns


def test_while_a_reader_is_slow_no_connection_is_held_and_others_write(
    database: Database, search: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PAGE", 2)
    pages = exports._trials(database, search, -1)
    seen = []
    for page in pages:
        seen += [row["number"] for row in page]
        assert database._reader.pool.checkedout() == 0  # type: ignore[attr-defined]
        with database.write() as session:  # or this would wait for the reader, on SQLite
            session.execute(text("UPDATE search SET name = name"))
    assert seen == list(range(9))


def test_pieces_come_while_later_pages_are_not_read_yet() -> None:
    def pages() -> Iterator[export.Page]:
        for number in range(3):
            read.append(number)
            yield [{"a": number, "b": None, "c": {"d": [1]}}] * 5

    for format_ in ("csv", "parquet"):
        read: list[int] = []
        pieces = export.write(format_, {"a": int, "b": float, "c": dict}, pages())
        first = next(pieces)
        assert first and read == [0]
        content = first + b"".join(pieces)
    assert parquet.read_table(io.BytesIO(content)).column("c").to_pylist() == ['{"d": [1]}'] * 15


def test_unknown_searches_and_formats_are_refused(client: TestClient, search: UUID) -> None:
    assert client.get(f"/v1/searches/{UUID(int=0)}/trials?format=csv").status_code == 404
    assert client.get(f"/v1/searches/{search}/trials?format=xml").status_code == 422


def test_the_client_pages_through_trials_and_saves_them(
    client: TestClient, search: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = Client()
    monkeypatch.setattr(ours, "http", client)
    found = ours.search(str(search)).trials()
    frame = found.to_pandas()
    assert [trial["number"] for trial in found] == list(frame["number"]) == list(range(9))
    saved = pandas.read_parquet(ours.search(str(search)).export(tmp_path / "trials.parquet", "parquet"))
    assert list(saved["energy"]) == list(frame["energy"])
