"""How much memory there is, where a control group limits it."""

from pathlib import Path

import pytest

from workers import machine


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, None),
        ({"memory.max": "max"}, None),
        ({"memory.max": "1000000"}, 1_000_000),
        ({"slice/service/memory.max": "max", "slice/memory.max": "2000000"}, 2_000_000),
        ({"slice/service/memory.max": "500000", "slice/memory.max": "2000000"}, 500_000),
        ({"memory/memory.limit_in_bytes": "3000000"}, 3_000_000),
        ({"memory/memory.limit_in_bytes": "9223372036854771712"}, None),
    ],
)
def test_the_narrowest_limit_around_this_process_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: dict[str, str], expected: int | None
) -> None:
    for name, text in limits.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    own = tmp_path / "own"
    own.write_text("1:name=x:/elsewhere\n0::/slice/service\n")
    monkeypatch.setattr(machine, "CGROUPS", tmp_path)
    monkeypatch.setattr(machine, "OWN_CGROUP", own)
    physical = next(line.split()[1] for line in Path("/proc/meminfo").read_text().splitlines() if "MemTotal" in line)
    assert machine.memory_bytes() == (expected or pytest.approx(1024 * int(physical), rel=0.01))
