"""The durable loop. The database is its only state: a runner that dies loses nothing that was recorded.

A turn: renew leases and claim free searches; reconcile what users desire; start trials wherever there is room, the
search with the fewest running ones first; ask strategies for the next ones, which then wait for room; record what
happened. A step is recorded before the trial's next one begins; a worker whose trial is over goes on with another
while the result is written.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager, suppress
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from searchsvc import artifacts, confirmation, jobs, significance
from searchsvc.db import Database
from searchsvc.repo import boards, points, requests, results, runs, searches
from searchsvc.repo.runs import Fenced, Work
from searchsvc.strategy import Outcome, Pending
from spaces.errors import NotFoundError, UserError
from workers import schedulers
from workers.asker import Asker, ProcessAsker
from workers.executor import Executor, ExecutorLost, Failed, Happening, Lost, Stepped
from workers.owned import Asked, Owned

BEATS_PER_LEASE = 6
FENCE_SHARE = 2 / 3  # of the lease: a runner that has not renewed for so long starts nothing new
LOOK_SECONDS = 0.5  # between two looks for what users desire and for free searches
POLL_SECONDS = 0.2
ANSWER_SECONDS = 0.005  # between two looks for the answer of a strategy
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
        self._answered = threading.Event()  # a strategy has
        self._next_beat = self._next_look = self._next_sweep = 0.0

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
        self._start()
        self._settle()
        self._ask_ahead()
        self._explain()
        self._record(self.executor.poll(self._patience()))

    def _patience(self) -> float:
        """Seconds to wait for something to happen; few while a worker waits for an answer."""
        asking = any(owned.question and owned.wants(self.executor.room(owned.job)) for owned in self.owned.values())
        return ANSWER_SECONDS if asking else POLL_SECONDS

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
            owned.pending = True
        if owned.version != owned.compared:
            self._compare(owned)
        desired = self._read(partial(searches.get, search_id=search_id)).desired
        if desired in ("cancel", "delete"):
            self._end(owned, "cancelled")
        elif desired == "pause":
            if self._write(owned, runs.pause):
                self._forget(search_id)
        else:
            self._end_late_steps(owned)

    def _compare(self, owned: Owned) -> None:
        """Say which of the leaders differ from the first, now that trials have ended."""
        version, count = owned.version, significance.compared(owned.job) + 1  # two of them may be the same network
        samples = self._read(partial(runs.leaders, search_id=owned.lease.search_id, count=count))
        standing = significance.standing(owned.job, significance.leaders(owned.job, samples))
        if standing != owned.standing:
            self._write(owned, runs.stand, standing)
        owned.compared, owned.standing = version, standing

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
        if scheduler:
            seen = partial(runs.reports, search_id=lease.search_id, metric=job.objective.of_an_epoch)
            for report in self._read(seen):
                scheduler.decide(*report)
        self.owned[lease.search_id] = Owned(lease, job, scheduler, moment)

    def _sweep(self) -> None:
        over, known = self._read(lambda session: (boards.sweepable(session), boards.artifact_paths(session)))
        for path in artifacts.sweep(self.store, over, known, ORPHAN_SECONDS):
            log.info("artifact %s: removed, no row points to it", path)

        def forget() -> None:
            with self.database.write() as session:
                requests.forget(session, 3600 * self.idempotency_hours)

        self._patiently(forget)

    def _end_late_steps(self, owned: Owned) -> None:
        deadline = owned.job.step_deadline
        for work, since in list(owned.running.values()):
            if deadline and time.monotonic() - since > deadline:
                self.executor.stop(work)
                self._record([Lost(work, f"its step took longer than step_deadline ({deadline:g} s)")])

    def _start(self) -> None:
        """Start trials that are ready wherever there is room."""
        while self._start_some():
            pass

    def _start_some(self) -> bool:
        """Start the next trials of the least busy search that has some, in its share of the room; False if none can."""
        ready = [owned for owned in self.owned.values() if owned.ready() and not self._unsure(owned)]
        for owned in sorted(ready, key=lambda o: len(o.running)):
            room = owned.wants(self.executor.room(owned.job))
            with self._unless_deleted(owned):
                if room and (works := self._next(owned, ceil(room / len(ready)))):
                    for work in works:
                        if owned.lease.search_id in self.owned:  # the one before may have ended the search
                            self._begin(owned, work)
                    return True
        return False

    def _ask_ahead(self) -> None:
        """Ask every strategy that is not being asked for as many trials as have begun, or as there is room for."""
        silent = [owned for owned in self.owned.values() if owned.curious() and not self._unsure(owned)]
        for owned in silent:
            share = ceil(owned.wants(self.executor.room(owned.job)) / len(silent))
            with self._unless_deleted(owned):
                self._inquire(owned, max(1, owned.begun, share))

    def _unsure(self, owned: Owned) -> bool:
        return time.monotonic() - owned.renewed > FENCE_SHARE * self.lease_seconds

    def _next(self, owned: Owned, count: int) -> list[Work]:
        if owned.pending:
            waiting: list[Work] = self._write(owned, runs.start, count) or []
            owned.pending = len(waiting) == count
            if waiting:
                return waiting
        return self._ask(owned, count)

    def _begin(self, owned: Owned, work: Work) -> None:
        try:
            self.executor.start(work, owned.job, owned.lease.search_id)
        except ExecutorLost:
            raise
        except Exception as error:  # this search's fault or Ray's; it must not take the others along
            log.exception("search %s: trial %d cannot start", owned.lease.search_id, work.number)
            self._write(owned, runs.fail, work, f"it could not be started: {error}")
            self._give_up_if_too_many_failed(owned)
        else:
            owned.began(work)
            owned.begun += 1

    def _ask(self, owned: Owned, count: int) -> list[Work]:
        """New trials, if their strategy, asked in another process, has suggested some."""
        question = owned.question
        if question is None or not question.suggestions:
            return []
        owned.question = None
        suggestions = question.suggestions[:count]
        return self._write(owned, runs.ask, question.number, suggestions, question.outcomes, start=True) or []

    def _settle(self) -> None:
        """Conclude from answers without suggestions, once every result that came before is written."""
        for owned in list(self.owned.values()):
            question = owned.question
            if question and question.is_vain and not owned.pending and not self._unsure(owned):
                with self._unless_deleted(owned):
                    self._in_vain(owned, question)

    def _in_vain(self, owned: Owned, question: Asked) -> None:
        error = question.answer.exception()
        broken = isinstance(error, BrokenExecutor)
        if error and not broken and owned.running:
            return  # what runs is recorded before the search fails
        owned.question = None
        if error is None:
            self._nothing_to_suggest(owned, question.version)
        elif not broken:
            self._end(owned, "failed", error=f"the strategy failed: {type(error).__name__}: {error}")
        else:
            owned.broken_asks += 1
            if owned.broken_asks > 3:
                self._end(owned, "failed", error="the process that asks the strategy died again and again")

    def _inquire(self, owned: Owned, count: int) -> None:
        """Ask for so many trials, telling all that the rows say now."""
        number, new, pending = self._read(
            partial(_now, search_id=owned.lease.search_id, known=owned.outcomes, told=owned.told)
        )
        owned.outcomes += new
        asked = owned.ask(self.asker, number, count, pending)
        asked.answer.add_done_callback(lambda _: self._answered.set())

    def _nothing_to_suggest(self, owned: Owned, version: int) -> None:
        if version != owned.version or owned.doubtful:
            return  # something has happened since, or may have: ask again
        owned.stalled = True
        if not owned.running:
            self._conclude(owned)

    def _record(self, happenings: Sequence[Happening]) -> None:
        """The steps of each search in one transaction, in the order in which its scheduler decided on them."""
        steps: dict[UUID, list[Stepped]] = defaultdict(list)
        for happening in happenings:
            owned = self._owner(happening.work)
            if owned and isinstance(happening, Stepped):
                decided = owned.decided(happening)
                steps[owned.lease.search_id].append(decided)
                if decided.is_last:
                    self.executor.release(decided.work)
        if all(isinstance(happening, Stepped) for happening in happenings):
            self._start()
        for search_id, stepped in steps.items():
            if search_id in self.owned:
                self._record_steps(self.owned[search_id], stepped)
        for happening in happenings:
            owned = self._owner(happening.work)
            if owned and not isinstance(happening, Stepped):
                with self._unless_deleted(owned):
                    self._record_end(owned, happening)

    def _owner(self, work: Work) -> Owned | None:
        return next((owned for owned in self.owned.values() if work.trial_id in owned.running), None)

    def _record_steps(self, owned: Owned, steps: Sequence[Stepped]) -> None:
        garbage = self._write(owned, results.record, steps)
        for path in garbage or []:
            artifacts.delete(self.store, path)
        for stepped in steps:
            work = stepped.work
            if work.trial_id not in owned.running:
                return  # another runner took over while this was written
            if stepped.is_last:
                owned.ended(work)
            else:
                owned.began(work)
                self.executor.advance(work)

    def _record_end(self, owned: Owned, happening: Failed | Lost) -> None:
        match happening:
            case Failed(work, error):
                self._write(owned, runs.fail, work, error)
            case Lost(work, reason):
                if not self.executor.healthy():
                    raise ExecutorLost  # not this trial's fault
                self._write(owned, runs.lose, work, reason)
                owned.pending = True
        owned.ended(happening.work)
        self._give_up_if_too_many_failed(owned)

    def _give_up_if_too_many_failed(self, owned: Owned) -> None:
        search_id = owned.lease.search_id
        failed = self._read(lambda s: searches.get(s, search_id).failed_count)
        if failed > owned.job.max_failed_trials:
            allowed = owned.job.max_failed_trials
            error = self._read(lambda s: runs.first_error(s, search_id))
            self._compare(owned)
            self._end(owned, "failed", error=f"{failed} failed trials, allowed are {allowed}: {error}")

    def _conclude(self, owned: Owned) -> None:
        """The strategy has nothing more to suggest and nothing runs: the search is over."""
        search_id = owned.lease.search_id
        search = self._read(lambda s: searches.get(s, search_id))
        if search.trial_count < owned.job.total_trials():
            error = self._read(lambda s: runs.first_error(s, search_id))
            self._end(owned, "failed", error=f"the strategy could not go on: {error}")
            return
        samples = self._read(lambda s: runs.samples(s, search_id))
        repeats = confirmation.repeats(owned.job, samples)
        if repeats and search.trial_count == owned.job.total_trials():
            self._write(owned, runs.confirm, repeats)
            owned.stalled, owned.pending = False, True
            return
        costs = search.search_seconds, search.retrain_seconds
        leaders = significance.leaders(owned.job, samples)
        owned.verdict = {
            "conclusion": significance.conclude(owned.job, samples, *costs),
            "standing": significance.standing(owned.job, leaders),
        }
        owned.insights.ending = time.monotonic()

    def _explain(self) -> None:
        """Keep every search's insight up to date; end those that are concluded, with their last one if it comes."""
        for owned in list(self.owned.values()):
            insights, search_id = owned.insights, owned.lease.search_id
            if found := insights.take(search_id):
                self._write(owned, runs.explain, found)
            seen = [outcome for outcome in owned.outcomes if outcome.number < owned.job.total_trials()]
            if insights.due(owned.job, len(seen)):
                asked = insights.ask(self.asker, owned.job, seen)
                asked.add_done_callback(lambda _: self._answered.set())
            if search_id in self.owned and insights.ending and not insights.holds_up():
                self._end(owned, "succeeded", **owned.verdict)

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


def _now(session: Session, search_id: UUID, known: Sequence[Outcome], told: int) -> tuple[int, list[Outcome], Pending]:
    """The number of the next trial, what has ended since the `told` outcomes among the `known`, what has not ended."""
    search = searches.get(session, search_id)
    new = runs.outcomes(session, search_id, after=told)
    ended = {outcome.number for outcome in (*known, *new)}
    return search.trial_count, new, points.pending(session, search, search.trial_count, ended)
