"""A runner's row, by which everybody else learns that it lives, and if it does not work, why.

It is written before the executor starts, since that is what most often fails.
"""

import os
import socket
import time
from uuid import UUID, uuid4

import psutil

from searchsvc.store.control import runners
from searchsvc.store.control.runners import State
from searchsvc.store.db import Database


class Presence:
    """Of this process; `say` tells why a runner that lives does not do what it should."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.boot: UUID = uuid4()
        self.host, self.pid = socket.gethostname(), os.getpid()
        self.state: State = "starting"
        self.reason: str | None = None
        self.note: str | None = None
        self.memory: int | None = None
        self._next_beat = 0.0

    def begin(self) -> None:
        with self.database.read() as session:
            pids = runners.pids(session, self.host)
        killed = [pid for pid in pids if pid == self.pid or not psutil.pid_exists(pid)]
        with self.database.write() as session:
            runners.begin(session, self.boot, self.host, self.pid, killed)

    def ready(self, memory: int | None = None, note: str | None = None) -> None:
        """The executor is there, a trial may take so many bytes of memory, and there is a `note` for users of it."""
        self.memory, self.note = memory, note
        self._change("ready", note)

    def say(self, reason: str | None) -> None:
        """Why searches wait although this runner lives; None: they need not any more."""
        reason = reason or self.note
        if reason != self.reason:
            self._change(self.state, reason)

    def stopping(self) -> None:
        self._change("stopping", None)

    def lose(self, reason: str) -> None:
        """This process ends although nobody asked it to."""
        self._change("lost", reason)

    def end(self) -> None:
        with self.database.write() as session:
            runners.end(session, self.boot)

    def due(self) -> bool:
        return time.monotonic() >= self._next_beat

    def beat(self) -> None:
        self._next_beat = time.monotonic() + runners.BEAT_SECONDS
        with self.database.write() as session:
            runners.beat(session, self.boot, self.host, self.pid, self.state, self.reason, self.memory)

    def _change(self, state: State, reason: str | None) -> None:
        self.state, self.reason = state, reason
        self.beat()
