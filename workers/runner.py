"""The durable loop. The database is its only state: a runner that dies loses nothing that was recorded.

A turn: renew leases and claim free searches; reconcile what users desire; start trials wherever there is room, the
search with the fewest running ones first; record what happened. A step is recorded before the next one begins.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy.exc import OperationalError

from searchsvc import artifacts, jobs, significance
from searchsvc.db import Database
from searchsvc.repo import boards, requests, runs, searches
from searchsvc.repo.runs import Fenced, Work
from searchsvc.strategy import Suggestion
from spaces.errors import NotFoundError, UserError
from workers import schedulers
from workers.asker import Asker, ProcessAsker
from workers.executor import Executor, ExecutorLost, Failed, Happening, Lost, Stepped
from workers.owned import Owned

BEATS_PER_LEASE = 6
FENCE_SHARE = 2 / 3  # of the lease: a runner that has not renewed for so long starts nothing new
LOOK_SECONDS = 0.5  # between two looks for what users desire and for free searches
POLL_SECONDS = 0.2
DATABASE_PAUSE = 0.5  # between two tries to reach a database that does not answer
SWEEP_SECONDS = 3600.0
ORPHAN_SECONDS = 900.0  # a file this old that no row knows is nobody's

log = logging.getLogger("searchsvc.runner")
T = TypeVar("T")


class Runner:
    def __init__(
        self,
        database: Database,
        executor: Executor,
        lease_seconds: float,
        store: str,
        asker: Asker | None = None,
        heartbeat: Path | None = None,
        idempotency_hours: float = 24.0,
    ) -> None:
        self.id = uuid4()
        self.database = database
        self.executor = executor
        self.lease_seconds = lease_seconds
        self.store = store
        self.asker = asker or ProcessAsker()
        self.heartbeat = heartbeat
        self.idempotency_hours = idempotency_hours
        self.owned: dict[UUID, Owned] = {}
        self.stop = threading.Event()
        self._next_beat = self._next_look = self._next_sweep = 0.0

    def run(self) -> None:
        """Turn until `stop` is set; then hand every search back for another runner to claim at once.

        Raises:
            ExecutorLost: the searches have been handed back.
        """
        try:
            while not self.stop.is_set():
                self.turn()
                if not self.executor_is_busy():
                    self.stop.wait(POLL_SECONDS)
        finally:
            self.close()

    def close(self) -> None:
        self.stop.set()
        for owned in list(self.owned.values()):
            with suppress(OperationalError):  # the lease then ends by itself
                self._write(owned, runs.release)
        self.asker.close()

    def executor_is_busy(self) -> bool:
        return any(owned.running for owned in self.owned.values())

    def turn(self) -> None:
        moment = time.monotonic()
        if moment >= self._next_beat:
            self._next_beat = moment + self.lease_seconds / BEATS_PER_LEASE
            self._renew()
        if moment >= self._next_look:
            self._next_look = moment + LOOK_SECONDS
            self._look()
        if moment >= self._next_sweep:
            self._next_sweep = moment + SWEEP_SECONDS
            self._sweep()
        while self._start_one():
            pass
        for happening in self.executor.poll(POLL_SECONDS):
            self._record(happening)

    def _renew(self) -> None:
        for owned in list(self.owned.values()):
            moment = time.monotonic()
            if self._write(owned, runs.renew, self.lease_seconds):
                owned.renewed = moment
        if self.heartbeat:
            self.heartbeat.touch()

    def _look(self) -> None:
        if not self.executor.healthy():
            raise ExecutorLost
        for owned in list(self.owned.values()):
            with self._unless_deleted(owned):
                self._reconcile(owned)
        self._claim()

    def _reconcile(self, owned: Owned) -> None:
        search_id = owned.lease.search_id
        if owned.doubtful:
            owned.doubtful = False
            self._write(owned, runs.reconcile, set(owned.running))
        desired = self._read(partial(searches.get, search_id=search_id)).desired
        if desired in ("cancel", "delete"):
            self._end(owned, "cancelled")
        elif desired == "pause":
            if self._write(owned, runs.pause):
                self._forget(search_id)
        else:
            self._end_late_steps(owned)

    def _claim(self) -> None:
        if not self._read(lambda session: runs.claimable(session, self.id, self.owned)):
            return
        moment = time.monotonic()

        def claim() -> list[tuple[runs.Lease, dict[str, Any]]]:
            with self.database.write() as session:
                return runs.claim(session, self.id, self.lease_seconds, self.owned)

        for lease, spec in self._patiently(claim):
            self._forget(lease.search_id)
            self._take(lease, spec, moment)
            log.info("search %s: claimed, epoch %d", lease.search_id, lease.epoch)

    def _take(self, lease: runs.Lease, spec: dict[str, Any], moment: float) -> None:
        """Hold a claimed search, its scheduler as it was; one that cannot be carried out here fails."""
        try:
            job = jobs.read(spec)
            problem = self.executor.impossible(job)
        except UserError as error:
            problem = f"its specification cannot be read: {error}"
        if problem:
            with self.database.write() as session:
                runs.end(session, lease, "failed", error=problem)
            return
        scheduler = schedulers.make(job)
        for report in self._read(partial(runs.reports, search_id=lease.search_id)):
            scheduler.decide(*report)
        self.owned[lease.search_id] = Owned(lease, job, scheduler, moment)

    def _sweep(self) -> None:
        known = self._read(boards.artifact_paths)
        for path in artifacts.sweep(self.store, known, ORPHAN_SECONDS):
            log.info("artifact %s: removed, no row knows it", path)

        def forget() -> None:
            with self.database.write() as session:
                requests.forget(session, 3600 * self.idempotency_hours)

        self._patiently(forget)

    def _end_late_steps(self, owned: Owned) -> None:
        deadline = owned.job.step_deadline
        for work, since in list(owned.running.values()):
            if deadline and time.monotonic() - since > deadline:
                self.executor.stop(work)
                self._record(Lost(work, f"its step took longer than step_deadline ({deadline:g} s)"))

    def _start_one(self) -> bool:
        """Start the next trial of the least busy search that has one; False if none can start."""
        for owned in sorted(self.owned.values(), key=lambda o: len(o.running)):
            unsure = time.monotonic() - owned.renewed > FENCE_SHARE * self.lease_seconds
            if unsure or not owned.wants_more() or not self.executor.has_room(owned.job):
                continue
            with self._unless_deleted(owned):
                work: Work | None = self._write(owned, runs.start) or self._ask(owned)
                if work:
                    self._begin(owned, work)
                    return True
        return False

    def _begin(self, owned: Owned, work: Work) -> None:
        try:
            self.executor.start(work, owned.job, owned.lease.search_id)
        except Exception as error:  # this search's fault or Ray's; it must not take the others along
            log.exception("search %s: trial %d cannot start", owned.lease.search_id, work.number)
            self._write(owned, runs.fail, work, f"it could not be started: {error}")
            self._give_up_if_too_many_failed(owned)
        else:
            owned.began(work)

    def _ask(self, owned: Owned) -> Work | None:
        """A new trial, once its strategy, asked in another process, has suggested one."""
        if owned.question is None:
            owned.question = owned.ask(self.asker, self._read(partial(runs.question, search_id=owned.lease.search_id)))
        if not owned.question.answer.done():
            return None
        question, owned.question = owned.question, None
        try:
            suggestion: Suggestion | None = question.answer.result()
        except BrokenExecutor:
            owned.broken_asks += 1
            if owned.broken_asks > 3:
                self._end(owned, "failed", error="the process that asks the strategy died again and again")
            return None
        except Exception as error:
            self._end(owned, "failed", error=f"the strategy failed: {type(error).__name__}: {error}")
            return None
        if suggestion is None:
            self._nothing_to_suggest(owned, question.version)
            return None
        self._write(owned, runs.ask, question.number, suggestion, question.outcomes)
        work: Work | None = self._write(owned, runs.start)
        return work

    def _nothing_to_suggest(self, owned: Owned, version: int) -> None:
        if version != owned.version or owned.doubtful:
            return  # something has happened since, or may have: ask again
        owned.stalled = True
        if not owned.running:
            self._conclude(owned)

    def _record(self, happening: Happening) -> None:
        work = happening.work
        owned = next((o for o in self.owned.values() if work.trial_id in o.running), None)
        if owned is None:
            return
        with self._unless_deleted(owned):
            match happening:
                case Stepped():
                    self._record_step(owned, happening)
                case Failed(_, error):
                    self._write(owned, runs.fail, work, error)
                case Lost(_, reason):
                    if not self.executor.healthy():
                        raise ExecutorLost  # not this trial's fault
                    self._write(owned, runs.lose, work, reason)
            if not isinstance(happening, Stepped):
                owned.ended(work)
                self._give_up_if_too_many_failed(owned)

    def _record_step(self, owned: Owned, stepped: Stepped) -> None:
        work = stepped.work
        last = stepped.result is not None
        decision = "continue" if last or work.phase == "search" else owned.decide(stepped)
        garbage = self._write(owned, _step, stepped, decision)
        for path in garbage or []:
            artifacts.delete(self.store, path)
        if work.trial_id not in owned.running:
            return  # another runner took over while this was written
        if last or decision == "stop":
            owned.ended(work)
            self.executor.release(work)
        else:
            owned.began(work)
            self.executor.advance(work)

    def _give_up_if_too_many_failed(self, owned: Owned) -> None:
        search_id = owned.lease.search_id
        failed, error = self._read(lambda s: (searches.get(s, search_id).failed_count, runs.first_error(s, search_id)))
        if failed > owned.job.max_failed_trials:
            allowed = owned.job.max_failed_trials
            self._end(owned, "failed", error=f"{failed} failed trials, allowed are {allowed}: {error}")

    def _conclude(self, owned: Owned) -> None:
        """The strategy has nothing more to suggest and nothing runs: the search is over."""
        search_id = owned.lease.search_id
        asked = self._read(lambda s: searches.get(s, search_id).trial_count)
        if asked < owned.job.total_trials():
            error = self._read(lambda s: runs.first_error(s, search_id))
            self._end(owned, "failed", error=f"the strategy could not go on: {error}")
            return
        samples = self._read(lambda s: runs.samples(s, search_id))
        costs = self._read(lambda s: boards.search_cost(s, search_id))
        self._end(owned, "succeeded", conclusion=significance.conclude(samples, *costs))

    def _end(self, owned: Owned, state: str, **details: Any) -> None:
        self._write(owned, runs.end, state, **details)
        self._forget(owned.lease.search_id)
        log.info("search %s: %s", owned.lease.search_id, state)

    def _read(self, read: Callable[[Any], T]) -> T:
        def reading() -> T:
            with self.database.read() as session:
                return read(session)

        return self._patiently(reading)

    def _write(self, owned: Owned, write: Any, *arguments: Any, **keywords: Any) -> Any:
        """One transaction under the search's lease; a search that another runner took is let go."""

        def writing() -> Any:
            with self.database.write() as session:
                return write(session, owned.lease, *arguments, **keywords)

        try:
            return self._patiently(writing, owned)
        except Fenced:
            log.warning("search %s: another runner took over", owned.lease.search_id)
            self._forget(owned.lease.search_id)
            return None

    @contextmanager
    def _unless_deleted(self, owned: Owned) -> Iterator[None]:
        """A search that is gone, since another runner took it over and its user deleted it, is let go."""
        try:
            yield
        except NotFoundError:
            self._forget(owned.lease.search_id)

    def _patiently(self, act: Callable[[], T], owned: Owned | None = None) -> T:
        """Wait for a database that does not answer; results are held meanwhile. Repeating a write is safe (`runs`)."""
        while True:
            try:
                return act()
            except OperationalError as error:
                if self.stop.is_set():
                    raise
                log.warning("the database does not answer, trying again: %s", error.orig)
                if owned:
                    owned.doubtful = True
                self.stop.wait(DATABASE_PAUSE)

    def _forget(self, search_id: UUID) -> None:
        owned = self.owned.pop(search_id, None)
        for work, _ in list(owned.running.values()) if owned else ():
            self.executor.stop(work)
        if owned:
            owned.running.clear()


def _step(session: Any, lease: runs.Lease, stepped: Stepped, decision: str) -> list[str]:
    """Everything that one step gives, in one transaction."""
    garbage = runs.report(
        session,
        lease,
        stepped.work,
        stepped.step,
        stepped.metrics,
        stepped.architecture,
        artifact=stepped.artifact,
        decision=decision,
    )
    if stepped.result is not None:
        garbage += runs.finish(session, lease, stepped.work, stepped.result)
    return garbage
