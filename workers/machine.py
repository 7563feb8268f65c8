"""How much memory this process may use: the machine's, or less where a container or a service's slice limits it."""

import os
from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")


def memory_bytes() -> int:
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([physical, *_limits()])


def _limits() -> Iterator[int]:
    """Of the control group that this process is in, and of those around it (version 2, and the root of version 1)."""
    lines = OWN_CGROUP.read_text().splitlines() if OWN_CGROUP.exists() else []
    own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
    folders = [CGROUPS / own, *(CGROUPS / parent for parent in Path(own).parents)]
    for file in (*(folder / "memory.max" for folder in folders), CGROUPS / "memory" / "memory.limit_in_bytes"):
        if file.is_file() and (said := file.read_text().strip()).isdigit():
            yield int(said)
