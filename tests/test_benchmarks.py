"""The benchmarks' own parts still fit what they measure; their times are for `make bench`."""

import subprocess
import sys
from pathlib import Path

from tests.bench import bench_storage as storage
from tests.bench import storage_boards as boards

ROOT = Path(__file__).parent.parent


def test_a_writer_of_the_benchmark_loses_and_doubles_nothing() -> None:
    recorded, lost, doubled = storage.race("SQLite, DELETE", "", 1, 1.0, 8)
    assert recorded.trials and (lost, doubled) == (0, 0)


def test_leaderboards_of_the_benchmark_are_answered() -> None:
    with storage.new_database("SQLite, DELETE", "") as url:
        storage.migrate.upgrade(url)
        database = storage.Database(url)
        search_id = boards.fill(database, 60)
        database.close()
        with boards.served(url, wal=False) as address:
            assert boards.latencies(address, search_id, 4)["kB"] > 1


def test_suggestions_of_the_benchmark_are_made() -> None:
    found = subprocess.run(
        [sys.executable, ROOT / "tests/bench/bench_suggest.py", "--sizes", "12"], capture_output=True, text=True
    )
    assert found.returncode == 0 and "| ours |" in found.stdout, found.stderr
