"""`make chaos`: every proof of this folder at length, and `docs/reliability.md` with what came of it.

``python -m tests.faults.reliability --kills 2 --seed 7``: twice the kills of `STORMS`, drawn from that seed.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests import keeper
from tests.faults import chaos, mutants, page

STORMS = (
    ("sqlite-delete", "process", 40),
    ("sqlite-wal", "process", 40),
    ("postgresql", "process", 40),
    ("sqlite-delete", "ray", 15),
    ("sqlite-wal", "ray", 15),
    ("postgresql", "ray", 30),
)
PACKAGES = ("ray", "sqlalchemy", "torch")
MODELS = 5  # runs of the stateful test, each with examples of its own
COUNTED = ("tests", "failed", "crashes", "transitions")
TESTS = ("test_crash_points.py", "test_chaos.py::test_a_full_disk_holds_the_search_until_there_is_room")
HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "reliability.md"


def run(kills: float, seed: int) -> dict[str, Any]:
    started = time.monotonic()
    became = mutants.run(say)
    tests = [_pytest(*TESTS)] + [_pytest("test_model.py") for _ in range(MODELS)]
    storms = []
    for number, (database, executor, times) in enumerate(STORMS):
        say(f"storm {number + 1} of {len(STORMS)}: {database}, {executor}")
        storms.append(chaos.run(database, executor, max(1, round(times * kills)), seed + number))
    return {
        "seed": seed,
        "minutes": round((time.monotonic() - started) / 60),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "versions": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "storms": storms,
        "mutants": became,
        "lines": len((HERE / "model.py").read_text().splitlines()),
        "tests": {name: sum(counts[name] for counts in tests) for name in COUNTED},
    }


def passed(found: dict[str, Any]) -> bool:
    return all(map(chaos.passed, found["storms"])) and mutants.passed(found["mutants"]) and not found["tests"]["failed"]


def say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


def _pytest(*names: str) -> Counter[str]:
    """Run tests with new random examples; counts of tests, of failures and of what they say that they did."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        paths = [str(HERE / name) for name in names]
        command = [sys.executable, "-m", "pytest", "-q", "-m", "long", *paths, f"--junitxml={file.name}"]
        subprocess.run(command, env={**os.environ, "HYPOTHESIS_PROFILE": "explore"}, stdout=sys.stderr)
        suite = ElementTree.parse(file.name).getroot()
    cases = list(suite.iter("testcase"))
    did: Counter[str] = Counter(tests=len(cases))
    for case in cases:
        did["failed"] += any(case.find(what) is not None for what in ("failure", "error", "skipped"))
        for property in case.iter("property"):
            if (name := str(property.get("name"))) in COUNTED:
                did[name] += int(str(property.get("value")))
    return did


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=float, default=1.0, help="times as many as in the document")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=DOCUMENT)
    chosen = parser.parse_args()
    keeper.begin()
    found = run(chosen.kills, chosen.seed)
    chosen.output.with_suffix(".json").write_text(json.dumps(found, indent=1) + "\n")
    chosen.output.write_text(page.write(found))
    say(f"{'nothing lost, nothing doubled' if passed(found) else 'BROKEN PROMISES'}: see {chosen.output}")
    return 0 if passed(found) else 1


if __name__ == "__main__":
    sys.exit(main())
