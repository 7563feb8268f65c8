"""Is each protection needed, and would these tests notice its loss? Copies of the service with one of them removed.

``python -m tests.faults.mutants`` runs each mutant through the race that its protection is for. The checker must find
violations, or the service must break down; a mutant that passes is a failure. The unchanged copy must pass every race.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests import keeper
from tests.faults import copies, directed, specs
from tests.faults.copies import Change

SECONDS = 400


@dataclass(frozen=True)
class Mutant:
    what: str
    changes: tuple[Change, ...]
    scenario: str


@dataclass(frozen=True)
class Verdict:
    """`status` 0: no violation; 1: `output` has those found, or the error that ended the service."""

    status: int
    output: str

    @property
    def last(self) -> str:
        """The most telling line."""
        lines = [line for line in self.output.splitlines() if line.strip() and not line.startswith((*" [-", "(Back"))]
        return lines[-1] if lines else "nothing was noticed"


RUNS, LEASES = "searchsvc/store/control/runs.py", "searchsvc/store/control/leases.py"
EVENTS, DB = "searchsvc/store/control/events.py", "searchsvc/store/db.py"
NO_FENCE = Change(LEASES, " or search.owner != lease.owner or search.epoch != lease.epoch", "")
NO_ATTEMPT = Change(RUNS, 'trial.attempt == work.attempt and trial.state == "running"', 'trial.state == "running"')
NO_STATE = Change(RUNS, 'trial.attempt == work.attempt and trial.state == "running"', "trial.attempt == work.attempt")
DEFERRED = Change(DB, 'begin="BEGIN IMMEDIATE"', 'begin="BEGIN"')
CACHED_COUNTER = Change(
    EVENTS,
    "    search.event_count += 1\n",
    "    seen = session.get_bind().__dict__.setdefault('seen', {})\n"
    "    search.event_count = seen[search.id] = seen.get(search.id, search.event_count) + 1\n",
)
MUTANTS = (
    Mutant("neither owner and epoch nor the attempt compared", (NO_FENCE, NO_ATTEMPT), "frozen_midway"),
    Mutant("deferred transactions for writing", (DEFERRED,), "many_writers"),
    Mutant("event numbers from a cache, not under the lock", (CACHED_COUNTER,), "users_between"),
    Mutant("results recorded without looking at the state", (NO_STATE,), "recorded_twice"),
)


def play(source: Path, golden: Path, *scenarios: str) -> Verdict:
    """Races on a copy, in a process of their own."""
    command = [sys.executable, "-m", "tests.faults.directed", str(golden), *scenarios]
    environment = copies.environment(source)
    try:
        ran = subprocess.run(command, env=environment, cwd=source, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return Verdict(1, f"it got nowhere in {SECONDS} s")
    return Verdict(ran.returncode, ran.stdout + ran.stderr if ran.returncode else "")


def run(say: Callable[[str], object] = print) -> dict[str, str]:
    """What became of the unchanged copy and of each mutant: passes, found, FAILS or SURVIVES, and by what."""
    became = {}
    with tempfile.TemporaryDirectory(prefix="searchsvc-mutants-") as name:
        copy = copies.make(Path(name) / "unchanged")
        verdict = play(copy, specs.golden(), *directed.SCENARIOS)
        became["nothing"] = "passes" if verdict.status == 0 else f"FAILS: {verdict.last}"
        say(f"nothing changed: {became['nothing']}")
        for number, mutant in enumerate(MUTANTS):
            copy = copies.make(Path(name) / str(number), *mutant.changes)
            verdict = play(copy, specs.golden(), mutant.scenario)
            became[mutant.what] = f"found: {verdict.last}" if verdict.status else "SURVIVES"
            say(f"{mutant.what}: {became[mutant.what]}")
    return became


def passed(became: dict[str, str]) -> bool:
    return not any(line.startswith(("FAILS", "SURVIVES")) for line in became.values())


if __name__ == "__main__":
    keeper.begin()
    sys.exit(0 if passed(run()) else 1)
