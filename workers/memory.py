"""How much memory a process may still take: what goes beyond raises MemoryError, and nobody else pays for it.

It is the kernel's limit of a process's data (RLIMIT_DATA), which counts what is written to and not what is mapped.
Where there is none (macOS), nothing is limited.
"""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STATM, OOM_SCORE = Path("/proc/self/statm"), Path("/proc/self/oom_score_adj")
SPARE_BYTES = 2 << 30  # what a search may take of its runner at a time


def limit(more_bytes: int) -> None:
    """From now on this process may take so much more."""
    if STATM.exists():
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = _data_bytes() + more_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard < 0 else min(wanted, hard), hard))


def end_first() -> None:
    """Where memory runs out although nothing went beyond its limit, the kernel ends this process before others."""
    if OOM_SCORE.exists():
        OOM_SCORE.write_text("1000")


@contextmanager
def spare(more_bytes: int = SPARE_BYTES) -> Iterator[None]:
    """Within the block this process may take so much more; a process that it starts there would inherit that."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    limit(more_bytes)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _data_bytes() -> int:
    return int(STATM.read_text().split()[5]) * resource.getpagesize()
