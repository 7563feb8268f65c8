"""What processes start without, so that they start quickly."""

import subprocess
import sys

import pytest

HEAVY = {"torch", "ray", "botorch", "gpytorch", "sklearn", "ot", "pandas"}


@pytest.mark.parametrize(
    ("starts", "without"),
    [
        ("import api.app; api.app.create_app()", {*HEAVY, "scipy"}),
        ("import workers.runner, workers.executors.process", {*HEAVY, "scipy.stats"}),
    ],
)
def test_a_process_starts_without_what_it_does_not_need(starts: str, without: set[str]) -> None:
    code = f"import sys; {starts}; print(sorted({without!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
