"""How many files and sockets a process may have open: as many as the system allows, within reason."""

import resource
from contextlib import suppress

WANTED = (65_536, 10_240, 4_096)  # the first that the system takes; macOS allows fewer than it says


def raise_limit() -> int:
    """Raise the limit of this process and of those that it starts; returns what it is then. It is never lowered."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in WANTED:
        least = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft == resource.RLIM_INFINITY or soft >= least:
            break
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (least, hard))
            soft = least
    return WANTED[0] if soft == resource.RLIM_INFINITY else soft
