"""A child ends when its supervisor does, however that ends: the supervisor holds the child's standard input open."""

import os
import sys
import threading
from collections.abc import Callable

from spaces.environment import variable

VARIABLE = "SEARCHSVC_SUPERVISED"


def stop_with_parent(stop: Callable[[], object]) -> None:
    """Call `stop` when the supervisor is gone; does nothing in a process that was started by hand."""
    if variable(VARIABLE):
        threading.Thread(target=_wait, args=(stop,), daemon=True).start()


def _wait(stop: Callable[[], object]) -> None:
    os.read(sys.stdin.fileno(), 1)  # returns when the other end closes
    stop()
