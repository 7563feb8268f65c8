"""How long tests take and how much of that they compute: a table of files at the end of each session.

A test computes in its own process and in those that it starts and waits for; what a service that goes on computes
counts when it has ended, as that of the file whose test ends it. ``pytest --times=FILE`` writes the whole table there,
as Markdown.
"""

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SHOWN = 25
COMPUTED = "processor_seconds"
_began, _computed = time.monotonic(), 0.0


@dataclass
class Times:
    tests: int = 0
    seconds: float = 0.0
    computing: float = 0.0

    def line(self) -> str:
        return f"{self.seconds:8.1f} s {self.computing:8.1f} s {self.tests:6d}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--times", type=Path, help="write a table of files with their seconds there")


def pytest_runtest_logstart() -> None:
    global _computed
    _computed = _processor_seconds()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Iterator[Any]:
    report = yield
    if call.when == "teardown":
        report.user_properties.append((COMPUTED, round(_processor_seconds() - _computed, 3)))
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    files = by_file(report for reports in terminalreporter.stats.values() for report in reports)
    if not files:
        return
    total = Times(*(sum(column) for column in zip(*(vars(times).values() for times in files.values()), strict=True)))
    minutes = (time.monotonic() - _began) / 60
    terminalreporter.section(f"slowest {SHOWN} files: seconds, of which computing, tests")
    for name, times in list(files.items())[:SHOWN]:
        terminalreporter.write_line(f"{times.line()}  {name}")
    terminalreporter.write_line(f"{total.line()}  in all, within {minutes:.1f} minutes")
    if path := config.getoption("times"):
        path.write_text(table(files, total, minutes))


def by_file(reports: Iterator[Any]) -> dict[str, Times]:
    """The slowest first."""
    files: dict[str, Times] = defaultdict(Times)
    for report in reports:
        if isinstance(report, pytest.TestReport):
            times = files[report.location[0]]
            times.seconds += report.duration
            if report.when == "teardown":
                times.tests += 1
                times.computing += sum(value for name, value in report.user_properties if name == COMPUTED)
    return dict(sorted(files.items(), key=lambda found: -found[1].seconds))


def table(files: dict[str, Times], total: Times, minutes: float) -> str:
    head = f"{total.tests} tests, {os.cpu_count()} processors, {minutes:.1f} minutes.\n\n"
    rows = [f"| {name} | {t.tests} | {t.seconds:.1f} | {t.computing:.1f} |" for name, t in {**files, "": total}.items()]
    return "\n".join(
        [head + "| file | tests | seconds | of which computing |", "| --- | ---: | ---: | ---: |", *rows, ""]
    )


def _processor_seconds() -> float:
    """Of this process and of those that it has waited for."""
    return sum(os.times()[:4])
