"""The searches that a runner holds: claimed, renewed and let go; and how it reads and writes their rows.

It holds as many as keep its workers busy. All others stay in the queue, where another runner may take them, and where
they are seen to wait.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from searchsvc import kinds
from searchsvc.kinds import BaseJob
from searchsvc.store.control import history, leases, runs
from searchsvc.store.control.leases import Fenced, Lease
from searchsvc.store.db import Database, Unavailable
from spaces.errors import NotFoundError, UserError
from workers import memory
from workers.executors.protocol import Executor, ExecutorLost
from workers.runner import schedulers
from workers.runner.owned import Owned
from workers.runner.schedulers import Asha

FENCE_SHARE = 2 / 3  # of the lease: a runner that has not renewed for so long starts nothing new
DATABASE_PAUSE = 0.5  # between two tries to reach a database that does not answer
FEWEST, PER_PLACE = 8, 2  # searches: at least so many, and so many for each trial that can run at once

log = logging.getLogger("searchsvc.runner")
T = TypeVar("T")


class Held:
    def __init__(self, runner_id: UUID, database: Database, executor: Executor, lease_seconds: float) -> None:
        self.id = runner_id
        self.database = database
        self.executor = executor
        self.lease_seconds = lease_seconds
        self.searches: dict[UUID, Owned] = {}
        self.declined: set[UUID] = set()  # what this runner cannot carry out as it was started
        self.stop = threading.Event()

    def claim(self) -> None:
        """Take searches that nobody owns, as far as there are places for them."""
        limit = max(FEWEST, PER_PLACE * self.executor.places()) - len(self.searches)
        if not self.read(lambda session: leases.claimable(session, self.id, limit, self.searches, self.declined)):
            return
        moment = time.monotonic()

        def claim() -> list[tuple[Lease, dict[str, Any]]]:
            with self.database.write() as session:
                return leases.claim(session, self.id, self.lease_seconds, limit, self.searches, self.declined)

        for lease, spec in self.patiently(claim):
            self.forget(lease.search_id)
            self._take(lease, spec, moment)
            log.info("search %s: claimed, epoch %d", lease.search_id, lease.epoch)

    def renew(self) -> None:
        moment = time.monotonic()

        def renew() -> dict[UUID, int]:
            with self.database.write() as session:
                return leases.renew(session, self.id, self.lease_seconds)

        self._keep(self.patiently(renew))
        for owned in self.searches.values():
            owned.renewed = moment

    def wishes(self) -> dict[UUID, str]:
        """What users desire of each."""
        found = self.read(lambda session: leases.wishes(session, self.id))
        self._keep({search_id: wish.epoch for search_id, wish in found.items()})
        return {search_id: found[search_id].desired for search_id in self.searches}

    def release(self) -> None:
        """Hand all of them back for another runner to claim at once; if that cannot be written, leases end anyway."""
        with suppress(Unavailable), self.database.write() as session:
            leases.release(session, self.id)

    def is_unsure(self, owned: Owned) -> bool:
        """Whether another runner may soon take it over."""
        return time.monotonic() - owned.renewed > FENCE_SHARE * self.lease_seconds

    def end(self, owned: Owned, state: str, **details: Any) -> None:
        self.write(owned, runs.end, state, **details)
        self.forget(owned.lease.search_id)
        log.info("search %s: %s", owned.lease.search_id, state)

    def decline(self, lease: Lease, reason: str) -> None:
        """Leave a search to another runner, or to this one when it is started as the search needs it."""

        def decline() -> None:
            with self.database.write() as session:
                if not leases.decline(session, lease, reason):
                    runs.end(session, lease, "cancelled")

        self.declined.add(lease.search_id)
        with suppress(Fenced):
            self.patiently(decline)
        self.forget(lease.search_id)
        log.warning("search %s: left to other runners: %s", lease.search_id, reason)

    def forget(self, search_id: UUID) -> None:
        owned = self.searches.pop(search_id, None)
        for work, _ in list(owned.running.values()) if owned else ():
            self.executor.stop(work)
        if owned:
            owned.running.clear()

    @contextmanager
    def alone(self, owned: Owned) -> Iterator[None]:
        """What a search's own parts raise ends that search and no other, also when they want too much memory.

        One that is gone, since another runner took it over and its user deleted it, is let go.
        """
        try:
            with memory.spare():
                yield
        except NotFoundError:
            self.forget(owned.lease.search_id)
        except Exception as error:
            if _is_everybodys(error):
                raise
            log.exception("search %s: cannot go on", owned.lease.search_id)
            self.end(owned, "failed", error=f"it cannot go on: {said(error)}")

    def read(self, read: Callable[[Any], T]) -> T:
        def reading() -> T:
            with self.database.read() as session:
                return read(session)

        return self.patiently(reading)

    def write(self, owned: Owned, write: Any, *arguments: Any, **keywords: Any) -> Any:
        """One transaction under the search's lease; a search that another runner took is let go."""

        def writing() -> Any:
            with self.database.write() as session:
                return write(session, owned.lease, *arguments, **keywords)

        try:
            return self.patiently(writing, owned)
        except Fenced:
            self._taken_over(owned)
            return None

    def patiently(self, act: Callable[[], T], owned: Owned | None = None) -> T:
        """Wait for a database that does not answer; results are held meanwhile. Repeating a write is safe (`runs`)."""
        while True:
            try:
                return act()
            except Unavailable as error:
                if self.stop.is_set():
                    raise
                log.warning("%s; trying again", error)
                if owned:
                    owned.doubtful = True
                self.stop.wait(DATABASE_PAUSE)

    def _keep(self, epochs: dict[UUID, int]) -> None:
        """Let go what another runner took; these are the epochs of what is still this one's."""
        for search_id, owned in list(self.searches.items()):
            if epochs.get(search_id) != owned.lease.epoch:
                self._taken_over(owned)

    def _taken_over(self, owned: Owned) -> None:
        log.warning("search %s: another runner took over", owned.lease.search_id)
        self.forget(owned.lease.search_id)

    def _take(self, lease: Lease, spec: dict[str, Any], moment: float) -> None:
        """Hold a claimed search, its scheduler as it was.

        One that this runner cannot carry out, say for want of a plugin or of cpus, is left to others: where it was
        submitted it could be. What its own parts raise ends it.
        """
        try:
            with memory.spare():
                job = kinds.read(spec)
                problem = self.executor.impossible(job)
                scheduler = None if problem else self._scheduler(lease, job)
        except UserError as error:
            if _is_everybodys(error):
                raise
            self.decline(lease, f"its specification cannot be read here: {error}")
        except Exception as error:
            if _is_everybodys(error):
                raise
            self._fail(lease, f"it cannot be carried out: {said(error)}")
        else:
            if problem:
                self.decline(lease, problem)
            else:
                self.searches[lease.search_id] = Owned(lease, job, scheduler, moment)

    def _scheduler(self, lease: Lease, job: BaseJob) -> Asha | None:
        scheduler = schedulers.make(job)
        if scheduler:
            seen = partial(history.reports, search_id=lease.search_id, metric=job.objective.metric)
            for report in self.read(seen):
                scheduler.decide(*report)
        return scheduler

    def _fail(self, lease: Lease, problem: str) -> None:
        def fail() -> None:
            with self.database.write() as session:
                runs.end(session, lease, "failed", error=problem)

        with suppress(Fenced):
            self.patiently(fail)


def said(error: BaseException) -> str:
    """What an exception says, as its user reads it."""
    if isinstance(error, MemoryError):
        return "it needs more memory than there is for one search"
    if isinstance(error, DBAPIError):
        return f"the database does not take what it gave: {error.orig}"
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"


def _is_everybodys(error: Exception) -> bool:
    """Whether it is not one search's fault: nothing can run trials, or the database cannot be used."""
    return isinstance(error, ExecutorLost | Unavailable)
