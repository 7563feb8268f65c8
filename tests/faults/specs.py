"""The few searches that faults are thrown at, and what each of their trials must give.

``python -m tests.faults.specs FILE`` computes the scores in a process that has seen no fault.
"""

import atexit
import json
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.specs import TINY

SMALL = {"network": {"name": "vgg", "channels": [4, 4], "strides": [2, 2]}, "time_steps": 2}


def _spec(name: str, *, epochs: int, seeds: int, seed: int = 0, **changes: Any) -> dict[str, Any]:
    """A placement search of 1 + 3 x seeds trials."""
    return {
        **TINY,
        **SMALL,
        "name": name,
        "seed": seed,
        "seeds": seeds,
        "strategy": {"epochs": epochs},
        "training": {"epochs": epochs, "batch_size": 128},
        "budget": {"trials": 1 + 3 * seeds},
        "max_failed_trials": 100,  # a trial that lost five workers must not end a search whose rest can be checked
        **changes,
    }


SPECS = (
    _spec("one epoch", epochs=1, seeds=1, confirm=1),
    _spec("two epochs", epochs=2, seeds=1, seed=1, confirm=1),
    _spec("two seeds", epochs=1, seeds=2, seed=2, confirm=1),
    _spec("five epochs", epochs=5, seeds=1, seed=3),
    _spec("halving", epochs=4, seeds=2, seed=4, scheduler={"name": "asha", "grace_period": 1, "reduction_factor": 2}),
)


@cache
def golden() -> Path:
    """The file that `main` fills, computed once for this process and taken away at its end."""
    folder = TemporaryDirectory(prefix="searchsvc-golden-")
    atexit.register(folder.cleanup)
    file = Path(folder.name) / "golden.json"
    subprocess.run([sys.executable, "-m", "tests.faults.specs", str(file)], check=True)
    return file


def load(file: Path) -> dict[tuple[str, int], list[float]]:
    """What `scores` gave."""
    return {(name, number): values for name, number, *values in json.loads(file.read_text())}


def scores(*specs: dict[str, Any]) -> dict[tuple[str, int], list[float]]:
    """Score and training losses by name of the search and number of the trial, as `searchsvc.local` has them."""
    import searchsvc.local

    found = {}
    for spec in specs:
        losses = defaultdict(list)
        local = searchsvc.local.run(
            {key: value for key, value in spec.items() if key != "scheduler"},
            lambda number, report, losses=losses: losses[number].append(report.metrics["train_loss"]),
        )
        for number, trial in enumerate(local.trials):
            found[spec["name"], number] = [trial.result.metrics["accuracy/validation"], *losses[number]]
    return found


def main(file: str) -> None:
    Path(file).write_text(json.dumps([[*key, *values] for key, values in scores(*SPECS).items()]))


if __name__ == "__main__":
    main(sys.argv[1])
