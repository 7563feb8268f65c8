"""``searchsvc up``: keep the API and a runner alive, restart them with growing pauses, and leave nothing behind.

Each child leads a process group of its own, which is reaped whole when the child ends: a killed runner would otherwise
leave its Ray behind. A child ends by itself when this process is gone (`parent`).
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from searchsvc.parent import VARIABLE
from spaces.errors import UserError

FIRST_PAUSE, LONGEST_PAUSE, HEALTHY_AFTER = 0.5, 30.0, 30.0
GRACE_SECONDS = 10.0
MODULES = ("api", "workers")


class Child:
    """``python -m MODULE``, started again whenever it ends."""

    def __init__(self, module: str, say: Callable[[str], None]) -> None:
        self.module, self.say = module, say
        self.pause = FIRST_PAUSE
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", self.module],
            stdin=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, VARIABLE: "1"},
        )
        self.started = time.monotonic()
        self.again: float | None = None  # when to start it again

    def look(self) -> None:
        """Start it again if it has ended, after a pause that grows while it does not stay up."""
        if self.again is not None:
            if time.monotonic() >= self.again:
                self.start()
        elif (status := self.process.poll()) is not None:
            self.reap()
            healthy = time.monotonic() - self.started > HEALTHY_AFTER
            self.pause = FIRST_PAUSE if healthy else min(2 * self.pause, LONGEST_PAUSE)
            self.again = time.monotonic() + self.pause
            self.say(f"{self.module} ended with status {status}; starting it again in {self.pause:g} s")

    def reap(self) -> None:
        """End what is left of the child's process group, and close our end of its standard input."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        if self.process.stdin:
            self.process.stdin.close()


def check_port(host: str, port: int) -> None:
    """The API could bind this address now.

    Raises:
        UserError: it could not, say because another service is there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UserError(
                f"cannot listen on {host}:{port} ({error.strerror}); is a service running there? "
                "Choose another with SEARCHSVC_PORT or SEARCHSVC_HOST"
            ) from None


def supervise(say: Callable[[str], None]) -> None:
    """Run until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    children = [Child(module, say) for module in MODULES]
    while not stop.wait(0.2):
        for child in children:
            child.look()
    _end(children)


def _end(children: list[Child]) -> None:
    for child in children:
        child.process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, deadline - time.monotonic()))
        child.reap()
        child.process.wait()
