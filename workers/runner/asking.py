"""Asking the strategies of the searches that a runner holds, ahead of need, and what their answers lead to."""

import threading
from concurrent.futures import BrokenExecutor
from functools import partial
from math import ceil

from sqlalchemy.orm import Session

from searchsvc.store.control import history, runs, searches
from searchsvc.store.control.runs import Work
from workers.executors.protocol import Executor
from workers.runner.asker import Asker
from workers.runner.ending import Ending
from workers.runner.held import Held, said
from workers.runner.owned import Inquiry, Owned


class Asking:
    def __init__(self, held: Held, executor: Executor, asker: Asker, ending: Ending, answered: threading.Event) -> None:
        self.held, self.executor, self.asker, self.ending = held, executor, asker, ending
        self.answered = answered  # set by every answer

    def ahead(self) -> None:
        """Ask every strategy that is not being asked for as many trials as have begun, or as there is room for."""
        silent = [owned for owned in self.held.searches.values() if owned.curious() and not self.held.is_unsure(owned)]
        for owned in silent:
            share = ceil(owned.wants(self.executor.room(owned.job)) / len(silent))
            with self.held.alone(owned):
                self._inquire(owned, max(1, owned.begun, share))

    def take(self, owned: Owned, count: int) -> list[Work]:
        """New trials, if their strategy, asked in another process, has suggested some."""
        question = owned.question
        if question is None or not question.suggestions:
            return []
        owned.question = None
        suggestions = question.suggestions[:count]
        return self.held.write(owned, runs.ask, question.number, suggestions, question.scored, start=True) or []

    def settle(self) -> None:
        """Conclude from answers without suggestions, once every result that came before is written."""
        for owned in list(self.held.searches.values()):
            question = owned.question
            if question and question.is_vain and not owned.has_waiting and not self.held.is_unsure(owned):
                with self.held.alone(owned):
                    self._in_vain(owned, question)

    def _in_vain(self, owned: Owned, question: Inquiry) -> None:
        error = question.answer.exception()
        broken = isinstance(error, BrokenExecutor)
        if error and not broken and owned.running:
            return  # what runs is recorded before the search fails
        owned.question = None
        if error is None:
            self._nothing_to_suggest(owned, question.version)
        elif isinstance(error, ImportError):
            self.held.decline(owned.lease, f"its strategy cannot be loaded here: {error}")
        elif not broken:
            self.held.end(owned, "failed", error=f"the strategy failed: {said(error)}")
        else:
            owned.broken_asks += 1
            if owned.broken_asks > 3:
                self.held.end(owned, "failed", error="the process that asks the strategy died again and again")

    def _inquire(self, owned: Owned, count: int) -> None:
        """Ask for so many trials, telling all that the rows say now."""
        number = self.held.read(partial(_read_on, owned))
        asked = owned.ask(self.asker, number, count)
        asked.answer.add_done_callback(lambda _: self.answered.set())

    def _nothing_to_suggest(self, owned: Owned, version: int) -> None:
        if version != owned.version or owned.doubtful:
            return  # something has happened since, or may have: ask again
        owned.stalled = True
        if names := owned.job.names(owned.outcomes):
            self.held.write(owned, runs.name, names)
        if not owned.running and owned.lease.search_id in self.held.searches:
            self.ending.conclude(owned)


def _read_on(owned: Owned, session: Session) -> int:
    """Read what was asked and what has ended since the last time; the number of the next trial."""
    search_id = owned.lease.search_id
    number = searches.get(session, search_id).trial_count
    asked = history.asked(session, search_id, after=len(owned.asked))
    ended = history.outcomes(session, search_id, after=owned.scored)
    owned.asked, owned.outcomes = [*owned.asked, *asked], [*owned.outcomes, *ended]
    return number
