"""``searchsvc up``: keep the API and a runner alive, restart them with growing pauses, and leave nothing behind.

Both must come up once, or it ends and says why. Each child leads a process group of its own, which is reaped whole when
the child ends: a killed runner would otherwise leave its Ray behind. A child ends by itself when this process is gone
(`parent`). No module of a child comes from the current folder, nor of any process that it starts.
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

from searchsvc.client.connection import bracketed
from searchsvc.service.parent import VARIABLE
from spaces.errors import UserError

FIRST_PAUSE, LONGEST_PAUSE, HEALTHY_AFTER = 0.5, 30.0, 30.0
GRACE_SECONDS = 10.0
START_SECONDS = 180.0  # for both to come up; a Ray on a busy machine takes its time
LOOK_SECONDS = 0.2
WORDS = {"api": "the API", "workers": "the runner"}

Say = Callable[[str], None]


class Child:
    """``python -P -m MODULE``, started again whenever it ends."""

    def __init__(self, module: str, say: Say) -> None:
        self.module, self.say = module, say
        self.pause = FIRST_PAUSE
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", self.module],
            stdin=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, VARIABLE: "1", "PYTHONSAFEPATH": "1"},
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


def free_port(host: str, port: int) -> int:
    """The port, on which the API could listen now; one that is free for port 0.

    Raises:
        UserError: it could not, say because another service is there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except OSError as error:
        raise UserError(
            f"cannot listen on {bracketed(host)}:{port} ({error.strerror}); is a service running there? "
            "Choose another with --port (0: one that is free) or --host, or SEARCHSVC_PORT or SEARCHSVC_HOST"
        ) from None


def listens(host: str, port: int) -> bool:
    """Whether somebody does."""
    try:
        socket.create_connection((host, port), 1.0).close()
    except OSError:
        return False
    return True


def supervise(missing: Callable[[str, int], str | None], came_up: Callable[[], None], say: Say) -> None:
    """Run until SIGTERM or SIGINT.

    `missing` says what a module's process still lacks to be up; `came_up` is called once both are.

    Raises:
        UserError: one of them did not come up.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    children = [Child(module, say) for module in WORDS]
    try:
        if _come_up(children, missing, stop):
            came_up()
        while not stop.wait(LOOK_SECONDS):
            for child in children:
                child.look()
    finally:
        _end(children)


def _come_up(children: list[Child], missing: Callable[[str, int], str | None], stop: threading.Event) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while not stop.wait(LOOK_SECONDS):
        lacks = {child.module: missing(child.module, child.process.pid) for child in children}
        for child in children:
            if (status := child.process.poll()) is not None:
                reason = missing(child.module, child.process.pid)  # its last word
                raise UserError(f"{WORDS[child.module]} did not come up: it ended with status {status}: {reason}")
            if (reason := lacks[child.module]) and time.monotonic() > deadline:
                raise UserError(f"{WORDS[child.module]} did not come up within {START_SECONDS:g} s: {reason}")
        if not any(lacks.values()):
            return True
    return False


def _end(children: list[Child]) -> None:
    for child in children:
        child.process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, deadline - time.monotonic()))
        child.reap()
        child.process.wait()
