"""Backups are whole, also of a database that is being written to; restoring one loses nothing that was there."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from searchsvc import kinds
from searchsvc.store import artifacts, migrate
from searchsvc.store.backup import backup, restore
from searchsvc.store.check import check
from searchsvc.store.control import searches
from searchsvc.store.db import Database
from spaces.errors import ConflictError, UserError
from tests.data import released
from tests.specs import TINY


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "searchsvc.db"


@pytest.fixture
def url(file: Path) -> str:
    """An SQLite database with everything in it."""
    released.load("0.1.0", f"sqlite:///{file}", file.parent)
    migrate.upgrade(f"sqlite:///{file}")
    return f"sqlite:///{file}"


def submit(url: str) -> None:
    database = Database(url)
    with database.write() as session:
        searches.submit(session, kinds.read(TINY))
    database.close()


def test_a_backup_has_every_row_and_its_name_says_which_schema(url: str, file: Path) -> None:
    made = backup(url)
    assert made.parent == file.parent and made.name.startswith(f"searchsvc.{migrate.head()}.")
    assert released.rows(f"sqlite:///{made}") == released.rows(url)
    with pytest.raises(UserError, match="choose another file"):
        backup(url, made)
    assert not list(file.parent.glob("*.tmp"))


def test_a_backup_of_a_database_that_is_written_to_is_a_moment_of_it(url: str, tmp_path: Path) -> None:
    """Each transaction adds a search with its event, in two tables; no backup has one without the other."""
    over = threading.Event()

    def write() -> None:
        database = Database(url)
        while not over.is_set():
            with database.write() as session:
                searches.submit(session, kinds.read(TINY))
        database.close()

    writer = threading.Thread(target=write)
    writer.start()
    made = [backup(url, tmp_path / f"{i}.db") for i in range(10)]
    over.set()
    writer.join()
    counts = []
    for copy in made:
        with closing(sqlite3.connect(copy)) as connection:
            counts += connection.execute(
                "SELECT count(*), (SELECT count(*) FROM event WHERE kind = 'submitted') FROM search"
            ).fetchall()
        assert check(f"sqlite:///{copy}") == (migrate.head(), [])
    assert all(found == events for found, events in counts) and counts == sorted(counts) and len(set(counts)) > 1


def test_restoring_gives_what_was_backed_up_and_keeps_what_was_there(url: str) -> None:
    then = released.rows(url)
    made = backup(url)
    submit(url)
    now = released.rows(url)
    kept = restore(url, made)
    assert released.rows(url) == then
    assert kept is not None and released.rows(f"sqlite:///{kept}") == now
    assert restore(url, kept) is not None and released.rows(url) == now


def test_restoring_to_nothing_and_over_a_damaged_file(url: str, file: Path) -> None:
    then = released.rows(url)
    made = backup(url)
    file.write_bytes(b"not a database")
    kept = restore(url, made)
    assert kept is not None and kept.read_bytes() == b"not a database"
    file.unlink()
    assert restore(url, made) is None
    assert released.rows(url) == then


def test_a_transaction_that_a_crash_cut_short_is_not_played_into_what_is_restored(url: str, file: Path) -> None:
    """Its journal belongs to the file that is replaced and goes with it."""
    then = released.rows(url)
    made = backup(url)
    code = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN")
connection.execute("UPDATE event SET body = zeroblob(9999)")
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", code, file], check=True)
    assert Path(f"{file}-journal").exists()
    kept = restore(url, made)
    assert released.rows(url) == then
    assert released.rows(f"sqlite:///{kept}") == then  # rolled back by its journal


def test_a_database_in_use_is_not_replaced(url: str, file: Path) -> None:
    made, then = backup(url), released.rows(url)
    code = (
        "import sys; from searchsvc.store.db import Database; "
        "d = Database(sys.argv[1]); print('open', flush=True); input()"
    )
    user = subprocess.Popen([sys.executable, "-c", code, url], stdin=-1, stdout=-1)
    assert user.stdout and user.stdout.readline()
    with pytest.raises(ConflictError, match="a service is using; stop it first"):
        restore(url, made)
    user.kill()  # a lock that a killed process leaves would be as bad as none
    user.communicate()
    restore(url, made)
    assert released.rows(url) == then


def test_what_is_no_backup_is_refused_before_anything_is_touched(url: str, file: Path, tmp_path: Path) -> None:
    then = released.rows(url)
    wrong = tmp_path / "wrong.db"
    damaged = tmp_path / "damaged.db"
    content = bytearray(backup(url).read_bytes())
    content[4096 * 3 : -4096] = os.urandom(len(content) - 4096 * 4)
    damaged.write_bytes(content)
    for bad in (tmp_path / "nothing.db", wrong, damaged):
        if bad == wrong:
            sqlite3.connect(wrong).close()
        with pytest.raises(UserError, match="give another"):
            restore(url, bad)
    assert released.rows(url) == then and not (tmp_path / "nothing.db").exists()
    assert not list(tmp_path.glob("*replaced*"))


@pytest.fixture
def postgresql_tools(empty_postgresql: str) -> dict[str, str]:
    """An environment in which the server's own tools are found."""
    database = Database(empty_postgresql)
    with database.read() as session:
        folder = session.scalar(text("SELECT setting FROM pg_config WHERE name = 'BINDIR'"))
    database.close()
    address = empty_postgresql.replace("+psycopg", "")
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "SEARCHSVC_DATABASE_URL": address}


def test_the_commands_that_we_name_for_postgresql_work(
    empty_postgresql: str, postgresql_tools: dict[str, str], tmp_path: Path
) -> None:
    released.load("0.1.0", empty_postgresql, tmp_path)
    then = released.rows(empty_postgresql)

    def say(act: object, *more: Path) -> str:
        with pytest.raises(UserError, match="for PostgreSQL run") as refused:
            act(empty_postgresql, *more)  # type: ignore[operator]
        return str(refused.value).partition("run: ")[2]

    def run(command: str) -> None:
        subprocess.run(command, shell=True, check=True, cwd=tmp_path, env=postgresql_tools)

    run(say(backup))
    migrate.upgrade(empty_postgresql)
    submit(empty_postgresql)
    run(say(restore, Path("x")))
    assert released.rows(empty_postgresql) == then


DAMAGE = {
    "DELETE FROM event WHERE number = 3": "events numbered 1 to",
    "DELETE FROM report WHERE number = 1": "reports numbered 2 to",
    "UPDATE search SET tell_count = tell_count + 1": "its tell_count says",
    "UPDATE search SET failed_count = 7": "0 failed trials",
    "UPDATE search SET trial_count = 3": "its trial_count says 3",
    "UPDATE candidate_metric SET mean = mean * 1.000001": "its trials give",
    "UPDATE candidate_metric SET m2 = m2 + 0.001": "its trials give",
    "DELETE FROM candidate_metric WHERE metric = 'energy'": "energy",
    "UPDATE trial SET phase = 'search'": "its trials give (0, ",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_check_finds_what_does_not_agree(database_url: str, tmp_path: Path, damage: str) -> None:
    released.load("0.1.0", database_url, tmp_path)
    migrate.upgrade(database_url)
    assert check(database_url) == (migrate.head(), [])
    database = Database(database_url)
    with database.write() as session:
        session.execute(text(damage))
    database.close()
    assert any(DAMAGE[damage] in problem for problem in check(database_url)[1])


def test_check_finds_orphans_and_broken_files(url: str, file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DELETE FROM trial WHERE number = 2")
        connection.commit()
    assert any("rows of layer_cost whose trial_id is in no trial" in problem for problem in check(url)[1])
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'ON event', 'ON report') WHERE type = 'index'")
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_trial_candidate_id'"
        ).fetchone()
    content = bytearray(file.read_bytes())
    content[4096 * (page - 1) + 3 : 4096 * (page - 1) + 5] = b"\x00\x00"  # an index without entries
    file.write_bytes(content)
    assert any(problem.startswith("integrity_check: ") for problem in check(url)[1])


def test_check_says_what_to_do_about_an_older_schema(database_url: str, tmp_path: Path) -> None:
    released.load("0.1.0", database_url, tmp_path)
    assert check(database_url) == ("0001", [f"schema is 0001, needed is {migrate.head()}; run: searchsvc db upgrade"])


def test_the_commands(url: str, file: Path) -> None:
    command = [sys.executable, "-c", "from searchsvc.cli import main; main()", "db"]
    environment = {**os.environ, "SEARCHSVC_DATABASE_URL": url, "SEARCHSVC_ARTIFACTS": str(file.parent / "store")}
    with closing(sqlite3.connect(file)) as connection:
        for path, size in connection.execute("SELECT path, bytes FROM artifact"):
            artifacts.write(environment["SEARCHSVC_ARTIFACTS"], path, bytes(size))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True)

    assert json.loads(run("upgrade", "--json").stdout) == {"schema": migrate.head()}
    copy = json.loads(run("backup", "--json").stdout)["backup"]
    assert json.loads(run("check", "--json").stdout) == {"schema": migrate.head(), "problems": []}
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE search SET event_count = 1")
        connection.commit()
    checked = run("check")
    assert checked.returncode == 1 and "its event_count says 1" in checked.stdout
    assert run("restore", copy).returncode == 0 and run("check").returncode == 0
    missing = run("restore", "nothing.db")
    assert missing.returncode == 2 and missing.stderr.startswith("error: ") and missing.stderr.count("\n") == 1


def test_a_newer_versions_backup_is_refused_and_a_new_folder_is_made(url: str, file: Path, tmp_path: Path) -> None:
    made = backup(url)
    assert restore(f"sqlite:///{tmp_path}/new/place/searchsvc.db", made) is None
    assert released.rows(f"sqlite:///{tmp_path}/new/place/searchsvc.db") == released.rows(url)
    with closing(sqlite3.connect(made)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = file.read_bytes()
    with pytest.raises(UserError, match="of schema 9999, which is unknown here"):
        restore(url, made)
    assert file.read_bytes() == before


def test_a_file_that_is_no_database_is_one_clear_error(tmp_path: Path) -> None:
    (file := tmp_path / "searchsvc.db").write_bytes(b"not a database" * 100)
    with pytest.raises(UserError, match=r"searchsvc\.db cannot be used now \(file is not a database\)"):
        check(f"sqlite:///{file}")
