"""One fault after another, drawn from a seed, against a cluster and its database."""

import random
import signal
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import psutil

from tests.faults.cluster import LEASE_SECONDS, Cluster

STOPPED_SECONDS = 1.6 * LEASE_SECONDS  # beyond the lease: another runner takes over meanwhile
WEIGHTS = {"trial": 5, "runner": 4, "api": 2, "Ray head": 3, "power cut": 1, "stop": 2, "database": 2}


class Killer:
    """`kills`, `pauses` and `database` count what was done, by kind."""

    def __init__(
        self, cluster: Cluster, database_faults: dict[str, Callable[[], None]], seed: int, *, ray: bool = False
    ) -> None:
        self.cluster, self.database_faults = cluster, database_faults
        self.draw = random.Random(seed)
        self.kinds = [kind for kind in WEIGHTS if ray or kind != "Ray head"]
        self.kills: Counter[str] = Counter()
        self.pauses = 0
        self.database: Counter[str] = Counter()
        self.timers: list[threading.Timer] = []

    def strike(self) -> str:
        """One fault; returns its kind, or nothing if there was nothing to strike."""
        kind = self.draw.choices(self.kinds, [WEIGHTS[kind] for kind in self.kinds])[0]
        if kind == "power cut":
            self.cluster.power_cut()
            self.kills[kind] += 1
        elif kind == "stop":
            return self._stop_a_runner()
        elif kind == "database":
            kind = self.draw.choice(sorted(self.database_faults))
            self.database_faults[kind]()
            self.database[kind] += 1
        else:
            return self._kill(kind)
        return kind

    def end(self) -> None:
        for timer in self.timers:
            timer.join()

    def _kill(self, role: str) -> str:
        processes = self.cluster.processes(role)
        if not processes:
            return ""
        with suppress(psutil.NoSuchProcess):
            self.draw.choice(processes).kill()
            self.kills[role] += 1
        return role

    def _stop_a_runner(self) -> str:
        processes = self.cluster.processes("runner")
        if not processes:
            return ""
        process = self.draw.choice(processes)
        process.send_signal(signal.SIGSTOP)
        self.timers.append(threading.Timer(STOPPED_SECONDS, _go_on, [process]))
        self.timers[-1].start()
        self.pauses += 1
        return "stop"


def _go_on(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGCONT)
