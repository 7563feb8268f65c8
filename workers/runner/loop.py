"""The durable loop. The database is its only state: a runner that dies loses nothing that was recorded.

A turn: renew leases; reconcile what users desire; claim searches from the queue while there are places (`held`); start
trials wherever there is room, the search with the fewest running ones first; ask strategies for the next ones, which
then wait for room; record what happened. A step is recorded before the trial's next one begins; a worker whose trial is
over goes on with another while the result is written. What a search's own parts raise ends that search alone.
"""

import logging
import math
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from math import ceil
from pathlib import Path
from uuid import UUID

from searchsvc.store.control import leases, results, runs
from searchsvc.store.control.runs import Work
from searchsvc.store.db import Database, Unavailable
from workers.executors.protocol import Blocked, Executor, ExecutorLost, Failed, Happening, Lost, Stepped
from workers.runner.asker import Asker, ProcessAsker
from workers.runner.asking import Asking
from workers.runner.ending import Ending
from workers.runner.held import Held
from workers.runner.owned import Owned
from workers.runner.presence import Presence
from workers.runner.sweeping import Sweeping

BEATS_PER_LEASE = 6
LOOK_SECONDS = 0.5  # between two looks for what users desire and for free searches
POLL_SECONDS = 0.2
ANSWER_SECONDS = 0.005  # between two looks for the answer of a strategy
STORE_PAUSE = 1.0  # between two tries to give a file to a store that takes none

log = logging.getLogger("searchsvc.runner")


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
        presence: Presence | None = None,
    ) -> None:
        self.presence = presence or Presence(database)
        self.database = database
        self.executor = executor
        self.held = Held(self.presence.boot, database, executor, lease_seconds)
        self.sweeping = Sweeping(self.held, store, idempotency_hours)
        self.asker = asker or ProcessAsker()
        self.heartbeat = heartbeat
        self._answered = threading.Event()  # a strategy has
        self.ending = Ending(self.held, self.asker, self._answered)
        self.asking = Asking(self.held, executor, self.asker, self.ending, self._answered)
        self._blocked: dict[UUID, tuple[Work, float]] = {}  # whose files the store does not take; when to try again
        self._next_beat = self._next_look = 0.0

    @property
    def owned(self) -> dict[UUID, Owned]:
        return self.held.searches

    @property
    def stop(self) -> threading.Event:
        return self.held.stop

    def run(self) -> None:
        """Turn until `stop` is set; then hand every search back for another runner to claim at once.

        Raises:
            ExecutorLost: the searches have been handed back.
        """
        try:
            while not self.stop.is_set():
                self._answered.clear()
                self.turn()
                if not self.executor_is_busy():
                    self._answered.wait(POLL_SECONDS)
        finally:
            self.close()

    def close(self) -> None:
        self.stop.set()
        with suppress(Unavailable):
            self.presence.stopping()
        self.held.release()
        self.asker.close()

    def executor_is_busy(self) -> bool:
        return any(owned.running for owned in self.owned.values())

    def turn(self) -> None:
        moment = time.monotonic()
        if self.presence.due():
            self.held.patiently(self.presence.beat)
        if moment >= self._next_beat:
            self._next_beat = moment + self.held.lease_seconds / BEATS_PER_LEASE
            self._renew()
        if moment >= self._next_look:
            self._next_look = moment + LOOK_SECONDS
            self._look()
        if self.sweeping.due():
            self.sweeping.sweep()
        self._start()
        self.asking.settle()
        self.asking.ahead()
        self.ending.explain()
        self._try_again()
        self._record(self.executor.poll(self._patience()))

    def _patience(self) -> float:
        """Seconds to wait for something to happen; few while a worker waits for an answer."""
        asking = any(owned.question and owned.wants(self.executor.room(owned.job)) for owned in self.owned.values())
        return ANSWER_SECONDS if asking else POLL_SECONDS

    def _renew(self) -> None:
        self.held.renew()
        if self.heartbeat:
            with suppress(OSError):  # on a full disk it grows old, and is seen to
                self.heartbeat.touch()

    def _look(self) -> None:
        if not self.executor.healthy():
            raise ExecutorLost
        for search_id, desired in self.held.wishes().items():
            owned = self.owned[search_id]
            with self.held.alone(owned):
                self._reconcile(owned, desired)
        self.ending.compare_one()
        self.held.claim()

    def _reconcile(self, owned: Owned, desired: str) -> None:
        if owned.doubtful:
            owned.doubtful = False
            self.held.write(owned, runs.reconcile, set(owned.running))
            owned.has_waiting = True
        if desired != "run" and owned.outdated:
            self.ending.compare(owned)  # the last chance
        if desired in ("cancel", "delete"):
            self.held.end(owned, "cancelled")
        elif desired == "pause":
            if self.held.write(owned, leases.pause):
                self.held.forget(owned.lease.search_id)
        else:
            self._end_late_steps(owned)

    def _end_late_steps(self, owned: Owned) -> None:
        deadline = owned.job.step_deadline
        for work, since in list(owned.running.values()):
            if deadline and time.monotonic() - since > deadline:
                self.executor.stop(work)
                self._record([Lost(work, f"its step took longer than step_deadline ({deadline:g} s)")])

    def _start(self) -> None:
        """Start trials that are ready wherever there is room."""
        while not self.stop.is_set() and self._start_some():
            pass

    def _start_some(self) -> bool:
        """Start the next trials of the least busy search that has some, in its share of the room; False if none can."""
        ready = [owned for owned in self.owned.values() if owned.ready() and not self.held.is_unsure(owned)]
        for owned in sorted(ready, key=lambda o: len(o.running)):
            room = owned.wants(self.executor.room(owned.job))
            with self.held.alone(owned):
                if room and (works := self._next(owned, ceil(room / len(ready)))):
                    for work in works:
                        if owned.lease.search_id in self.owned:  # the one before may have ended the search
                            self._begin(owned, work)
                    return True
        return False

    def _next(self, owned: Owned, count: int) -> list[Work]:
        if owned.has_waiting:
            waiting: list[Work] = self.held.write(owned, runs.start, count) or []
            owned.has_waiting = len(waiting) == count
            if waiting:
                return waiting
        return self.asking.take(owned, count)

    def _begin(self, owned: Owned, work: Work) -> None:
        try:
            self.executor.start(work, owned.job, owned.lease.search_id)
        except ExecutorLost:
            raise
        except Exception as error:  # this search's fault or Ray's; it must not take the others along
            log.exception("search %s: trial %d cannot start", owned.lease.search_id, work.number)
            self.held.write(owned, runs.fail, work, f"it could not be started: {error}")
            self.ending.give_up_if_too_many_failed(owned)
        else:
            owned.began(work)
            owned.begun += 1

    def _record(self, happenings: Sequence[Happening]) -> None:
        """The steps of each search in one transaction, in the order in which its scheduler decided on them."""
        steps: dict[UUID, list[Stepped]] = defaultdict(list)
        refused: list[Failed] = []
        for happening in happenings:
            owned = self._owner(happening.work)
            if owned and isinstance(happening, Stepped):
                with self.held.alone(owned):
                    decided = owned.decided(happening)
                    if decided.is_last:
                        self.executor.release(decided.work)
                    if problem := owned.problem(decided):
                        refused.append(Failed(decided.work, problem))
                    else:
                        steps[owned.lease.search_id].append(decided)
        if all(isinstance(happening, Stepped) for happening in happenings):
            self._start()
        for search_id, stepped in steps.items():
            if owned := self.owned.get(search_id):
                with self.held.alone(owned):
                    self._record_steps(owned, stepped)
        for happening in (*happenings, *refused):
            owned = self._owner(happening.work)
            if owned and isinstance(happening, Blocked):
                self._hold(owned, happening)
            elif owned and isinstance(happening, Failed | Lost):
                with self.held.alone(owned):
                    self._record_end(owned, happening)

    def _owner(self, work: Work) -> Owned | None:
        return next((owned for owned in self.owned.values() if work.trial_id in owned.running), None)

    def _record_steps(self, owned: Owned, steps: Sequence[Stepped]) -> None:
        garbage = self.held.write(owned, results.record, steps)
        for path in garbage or []:
            self.sweeping.delete(path)
        for stepped in steps:
            work = stepped.work
            self._unblock(work.trial_id)
            if work.trial_id not in owned.running:
                return  # another runner took over while this was written
            if stepped.is_last:
                owned.ended(work)
            else:
                owned.began(work)
                self.executor.advance(work)

    def _hold(self, owned: Owned, blocked: Blocked) -> None:
        """Wait for a store that takes nothing, as for a database that does not answer; the worker keeps its result."""
        log.warning("search %s: trial %d waits: %s", owned.lease.search_id, blocked.work.number, blocked.reason)
        owned.began(blocked.work)  # its worker is not late
        self._blocked[blocked.work.trial_id] = blocked.work, time.monotonic() + STORE_PAUSE
        self.held.patiently(partial(self.presence.say, blocked.reason))

    def _try_again(self) -> None:
        """Have workers keep what the store did not take, after a pause; forget those that have been ended since."""
        for trial_id, (work, moment) in list(self._blocked.items()):
            if not self._owner(work):
                self._unblock(trial_id)
            elif time.monotonic() >= moment:
                self._blocked[trial_id] = work, math.inf
                self.executor.advance(work)

    def _unblock(self, trial_id: UUID) -> None:
        if self._blocked.pop(trial_id, None) and not self._blocked:
            self.held.patiently(partial(self.presence.say, None))

    def _record_end(self, owned: Owned, happening: Failed | Lost) -> None:
        match happening:
            case Failed(work, error, diverged):
                self.held.write(owned, runs.fail, work, error, diverged=diverged)
            case Lost(work, reason):
                if not self.executor.healthy():
                    raise ExecutorLost  # not this trial's fault
                self.held.write(owned, runs.lose, work, reason)
                owned.has_waiting = True
        owned.ended(happening.work)
        self.ending.give_up_if_too_many_failed(owned)
