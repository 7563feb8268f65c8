"""Kill, stop and cut off everything while users go on; then let it finish and hold the database to its promise.

``python -m tests.faults.chaos --database sqlite-delete --executor process --kills 50 --seed 0 --json out.json``
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests import keeper
from tests.faults import copies, specs
from tests.faults.checker import check
from tests.faults.clients import Clients
from tests.faults.cluster import BIN, Cluster
from tests.faults.databases import PostgreSQL, Server, SQLite
from tests.faults.killer import Killer
from tests.faults.rows import Tables, by, load

PAUSE_SECONDS = {"process": (1.0, 5.0), "ray": (3.0, 9.0)}  # between two faults; a new Ray takes some seconds
LOG_CHARACTERS = 20_000  # to say after a failure
DATABASES = ("sqlite-delete", "sqlite-wal", "postgresql")


def run(database: str, executor: str, kills: int, seed: int) -> dict[str, Any]:
    """Counts of what was done and of what became of it; `violations` is empty if the promise was kept."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="searchsvc-chaos-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "data").mkdir()
        source = copies.make(folder / "source", *([copies.WAL] if database == "sqlite-wal" else []))
        golden = specs.load(specs.golden())
        server: Server = PostgreSQL() if database == "postgresql" else SQLite(folder / "data")
        try:
            cluster = Cluster(source, folder / "data", server.url, executor, runners=1 if executor == "ray" else 2)
            did = _storm(cluster, server, folder / "journal", kills, seed, executor)
            did["violations"] += check(server.url, folder / "journal", golden)
            counts = {
                **{"server": server.describe(), "executor": executor, "seed": seed},
                **did,
                **_outcome(load(server.url)[0]),
                **_audit(cluster, server.url),
                "seconds": round(time.monotonic() - started),
            }
            if not passed(counts):
                print(cluster.log()[-LOG_CHARACTERS:], file=sys.stderr)
            return counts
        finally:
            server.close()


def _storm(cluster: Cluster, server: Server, journal: Path, kills: int, seed: int, executor: str) -> dict[str, Any]:
    draw = random.Random(f"{seed}/pauses")
    cluster.start()
    threading.Thread(target=cluster.keep, daemon=True).start()
    clients = Clients(cluster.url, journal, seed)
    killer = Killer(cluster, server.faults, seed, ray=executor == "ray")
    try:
        clients.start()
        while killer.kills.total() < kills:
            time.sleep(draw.uniform(*PAUSE_SECONDS[executor]))
            if kind := killer.strike():
                print(f"{time.strftime('%H:%M:%S')} {kind} ({killer.kills.total()} of {kills})", file=sys.stderr)
        killer.end()
        clients.finish()
    finally:
        left = cluster.stop()
    return {
        "kills": dict(sorted(killer.kills.items())),
        "runner stopped beyond its lease": killer.pauses,
        "database faults": dict(sorted(killer.database.items())),
        "violations": [f"search {search_id} did not end" for search_id in clients.stuck]
        + [f"process {process.pid} was left behind" for process in left],
    }


def _outcome(tables: Tables) -> dict[str, Any]:
    lost = Counter(e["body"]["reason"] for e in tables["event"] if e["kind"] == "trial_lost")
    return {
        "searches acknowledged": len(tables["search"]),
        "searches by state": dict(Counter(search["state"] for search in tables["search"])),
        "trials recorded": sum(search["tell_count"] for search in tables["search"]),
        "trials by state": dict(Counter(trial["state"] for trial in tables["trial"])),
        "reports": len(tables["report"]),
        "events": len(tables["event"]),
        "takeovers": sum(_takeovers(events) for events in by(tables["event"], "search_id").values()),
        "user pauses": sum(event["kind"] == "paused" for event in tables["event"]),
        "re-executions": lost.total(),
        "re-executions by reason": dict(lost.most_common(8)),
    }


def _takeovers(events: list[dict[str, Any]]) -> int:
    """Claims of a search that its runner had not set down."""
    held, found = False, 0
    for event in sorted(events, key=lambda event: event["number"]):
        if event["kind"] == "claimed":
            found += held
            held = True
        elif event["kind"] in ("paused", "queued"):
            held = False
    return found


def _audit(cluster: Cluster, url: str) -> dict[str, Any]:
    """Every finished search by the function, one of them by the command."""
    command = [sys.executable, "-m", "tests.faults.audits", url]
    source = cluster.environment["PYTHONPATH"]
    made = subprocess.run(command, env=cluster.environment, cwd=source, capture_output=True, text=True, check=True)
    one = load(url)[0]["search"][0]["id"]
    command = [str(BIN / "searchsvc"), "audit", one]
    status = subprocess.run(command, env=cluster.environment, cwd=source, capture_output=True).returncode
    return {**json.loads(made.stdout.splitlines()[-1]), "status of searchsvc audit": status}


def passed(counts: dict[str, Any]) -> bool:
    """Whether nothing is wrong, and there was something that could have been."""
    kept = not counts["violations"] and not counts["differences"] and counts["status of searchsvc audit"] == 0
    return kept and counts["trials recorded"] > 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=DATABASES, required=True)
    parser.add_argument("--executor", choices=("process", "ray"), required=True)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    keeper.begin()
    counts = run(chosen.database, chosen.executor, chosen.kills, chosen.seed)
    text = json.dumps(counts, indent=2)
    print(text)
    if chosen.json:
        chosen.json.write_text(text + "\n")
    return 0 if passed(counts) else 1


if __name__ == "__main__":
    sys.exit(main())
