"""A database that is damaged, read-only or gone: one kind of error, whatever the driver calls it, and no new file."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from searchsvc.service.settings import Settings
from searchsvc.store import migrate
from searchsvc.store.db import Database, Unavailable, normalise
from tests.specs import TINY


def damaged(file: Path) -> None:
    """The first page, which names the tables, is another's."""
    content = bytearray(file.read_bytes())
    content[24:4096] = content[4096 + 24 : 8192]
    file.write_bytes(content)


def folder_gone(file: Path) -> None:
    shutil.rmtree(file.parent)


def replaced(file: Path) -> None:
    """By a copy: what was written to the old file would be lost."""
    shutil.copy(file, file.with_name("copy"))
    file.with_name("copy").rename(file)
    file.write_bytes(b"not a database" * 1000)


BREAK: dict[str, Callable[[Path], None]] = {
    "removed": Path.unlink,
    "its folder removed": folder_gone,
    "no database": lambda file: (file.write_bytes(b"not a database" * 1000), None)[1],
    "damaged": damaged,
    "a folder": lambda file: (file.unlink(), file.mkdir())[1],
    "replaced": replaced,
    "empty": lambda file: (file.write_bytes(b""), None)[1],
}


@pytest.fixture
def file(migrated_file: Path, tmp_path: Path) -> Path:
    (folder := tmp_path / "data").mkdir()
    return Path(shutil.copy(migrated_file, folder / "searchsvc.db"))


@pytest.mark.parametrize("what", BREAK)
@pytest.mark.parametrize("open_before", [False, True])
def test_an_sqlite_database_that_breaks_is_unavailable_and_nothing_is_made_in_its_place(
    file: Path, what: str, open_before: bool
) -> None:
    with TestClient(create_app(Settings(database_url=f"sqlite:///{file}")), raise_server_exceptions=False) as client:
        if open_before:
            assert client.get("/readyz").status_code == 200
            assert client.post("/v1/searches", json=TINY).status_code == 201
        BREAK[what](file)
        left = sorted(str(path) for path in file.parent.rglob("*")) if file.parent.exists() else None
        answers = [client.get(path) for path in ("/readyz", "/", "/v1/searches", "/tasks")]
        answers.append(client.post("/v1/searches", json=TINY))
        for answer in answers:
            assert answer.status_code == 503, answer.text
        assert all(answer.json()["detail"] for answer in answers if "html" not in answer.headers["content-type"])
        assert client.get("/healthz").status_code == 200
        now = sorted(str(path) for path in file.parent.rglob("*")) if file.parent.exists() else None
        assert [path for path in now or () if not path.endswith(".lock")] == [
            path for path in left or () if not path.endswith(".lock")
        ]


def test_a_database_that_comes_back_is_used_again(file: Path) -> None:
    with TestClient(create_app(Settings(database_url=f"sqlite:///{file}"))) as client:
        made = client.post("/v1/searches", json=TINY).json()["id"]
        file.rename(file.with_name("aside"))
        assert client.get(f"/v1/searches/{made}").status_code == 503
        file.with_name("aside").rename(file)
        assert client.get(f"/v1/searches/{made}").status_code == 200


@pytest.fixture
def read_only(tmp_path: Path, migrated_file: Path) -> Iterator[Path]:
    """A disk that takes nothing; where mounting one is not allowed, a file that its user may not write."""
    (folder := tmp_path / "read-only").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "searchsvc-test", str(folder)]
    mounted = shutil.which("mount") is not None and subprocess.run(mount, capture_output=True).returncode == 0
    file = Path(shutil.copy(migrated_file, folder / "searchsvc.db"))
    file.with_name("searchsvc.db.lock").touch()
    try:
        if mounted:
            subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        else:
            file.chmod(0o444)
            folder.chmod(0o555)
        yield file
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
        else:
            folder.chmod(0o755)


def test_what_cannot_be_written_can_be_read(read_only: Path) -> None:
    with TestClient(create_app(Settings(database_url=f"sqlite:///{read_only}"))) as client:
        answer = client.post("/v1/searches", json=TINY)
        assert answer.status_code == 503 and "read" in answer.json()["detail"]
        assert client.get("/v1/searches").status_code == 200


def carry_out(url: str, statement: str, *, database: str | None = None) -> None:
    address = normalise(url).set(drivername="postgresql", **({"database": database} if database else {}))
    with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(statement)


def renamed(url: str) -> tuple[str, str]:
    name = normalise(url).database
    return f"ALTER DATABASE {name} RENAME TO {name}_gone", f"ALTER DATABASE {name}_gone RENAME TO {name}"


@pytest.mark.parametrize("what", ["gone", "read-only", "a table gone", "no right"])
def test_a_postgresql_database_that_breaks_is_unavailable(empty_postgresql: str, what: str) -> None:
    migrate.upgrade(empty_postgresql)
    name = normalise(empty_postgresql).database
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    breaking, mending, reads = {
        "gone": (*renamed(empty_postgresql), 503),
        "read-only": (
            f"ALTER DATABASE {name} SET default_transaction_read_only = on",
            f"ALTER DATABASE {name} RESET default_transaction_read_only",
            200,
        ),
        "a table gone": ("ALTER TABLE search RENAME TO aside", "ALTER TABLE aside RENAME TO search", 503),
        "no right": ("ALTER SCHEMA public RENAME TO aside", "ALTER SCHEMA aside RENAME TO public", 503),
    }[what]
    elsewhere = "postgres" if what in ("gone", "read-only") else None
    app = create_app(Settings(database_url=empty_postgresql))
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.get("/v1/searches").status_code == 200
        carry_out(empty_postgresql, end, database="postgres")
        carry_out(empty_postgresql, breaking, database=elsewhere)
        assert client.post("/v1/searches", json=TINY).status_code == 503
        assert client.get("/v1/searches").status_code == client.get("/").status_code == reads
        carry_out(empty_postgresql, mending, database=elsewhere)
        carry_out(empty_postgresql, end, database="postgres")
        assert client.post("/v1/searches", json=TINY).status_code == 201


def test_an_error_of_our_own_is_none_of_the_databases(database: Database) -> None:
    """A row without a parent is a bug, and not worth another try."""
    from sqlalchemy import text
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(text("INSERT INTO deletion (search_id, created) VALUES (NULL, 0)"))


COMMANDS = (
    ["db", "check"],
    ["db", "backup"],
    ["db", "backup", "-o", "copy.db"],
    ["archive"],
    ["audit", "01a1ff7e-6397-7ea8-b03b-f8ff059ca52e"],
)


@pytest.mark.parametrize("arguments", COMMANDS, ids=[" ".join(command[:3]) for command in COMMANDS])
def test_no_command_makes_a_database_where_one_was_removed(tmp_path: Path, arguments: list[str]) -> None:
    code = "from searchsvc.cli import main; main()"
    environment = {"SEARCHSVC_DATABASE_URL": f"sqlite:///{tmp_path}/searchsvc.db", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", code, *arguments]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode == 2 and ran.stderr.count("\n") == 1 and "searchsvc.db" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_new_database_is_said_to_be_new_and_where(database_url: str) -> None:
    said: list[str] = []
    migrate.upgrade(database_url, say=said.append)
    (line,) = said
    where = normalise(database_url)
    assert "new, empty database" in line and str(where.database) in line
    migrate.upgrade(database_url, say=said.append)
    assert len(said) == 1


def test_a_database_without_rows_that_was_put_there_is_new(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.db").close()
    said: list[str] = []
    migrate.upgrade(f"sqlite:///{tmp_path}/empty.db", say=said.append)
    assert "new, empty database" in said[0]


def test_reading_one_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/none.db")
    with closing(database), pytest.raises(Unavailable, match="unable to open database file"), database.read():
        pass
    assert not (tmp_path / "none.db").exists()
