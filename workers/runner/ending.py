"""How searches end: their leaders are compared while they run, and confirmed before the verdict with which they end."""

import threading
import time
from functools import partial

from searchsvc.store.control import history, runs, searches
from searchsvc.verdict import confirmation, leading, significance
from workers.runner.asker import Asker
from workers.runner.held import Held
from workers.runner.owned import Owned


class Ending:
    def __init__(self, held: Held, asker: Asker, answered: threading.Event) -> None:
        self.held, self.asker = held, asker
        self.answered = answered  # set by every answer

    def compare_one(self) -> None:
        """Of the searches whose trials have ended since, compare the leaders of the one compared longest ago.

        One a look, so that many searches cost a runner no more than one does.
        """
        outdated = [owned for owned in self.held.searches.values() if owned.outdated]
        for owned in sorted(outdated, key=lambda o: o.compared_at)[:1]:
            with self.held.alone(owned):
                self.compare(owned)

    def compare(self, owned: Owned) -> None:
        """Say which of the leaders differ from the first, now that trials have ended."""
        owned.compared_at = time.monotonic()
        version, count = owned.version, leading.compared(owned.job)
        samples, rivals = self.held.read(partial(history.leaders, search_id=owned.lease.search_id, count=count))
        standing = leading.standing(owned.job, leading.leaders(owned.job, samples), rivals)
        if standing != owned.standing:
            self.held.write(owned, runs.stand, standing)
        owned.compared, owned.standing = version, standing

    def give_up_if_too_many_failed(self, owned: Owned) -> None:
        search_id = owned.lease.search_id
        failed, allowed = self.held.read(partial(history.failures, search_id=search_id)), owned.job.failures_allowed
        if failed > allowed:
            error = self.held.read(lambda s: history.first_error(s, search_id))
            self.compare(owned)
            self.held.end(owned, "failed", error=f"{failed} failed trials, allowed are {allowed}: {error}")

    def conclude(self, owned: Owned) -> None:
        """The strategy has nothing more to suggest and nothing runs: the search is over."""
        search_id = owned.lease.search_id
        search = self.held.read(lambda s: searches.get(s, search_id))
        if search.trial_count < owned.job.total_trials() and not owned.job.strategy.may_end_early:
            error = self.held.read(lambda s: history.first_error(s, search_id))
            self.held.end(owned, "failed", error=f"the strategy could not go on: {error}")
            return
        samples = self.held.read(lambda s: history.samples(s, search_id))
        if not samples:
            error = self.held.read(lambda s: history.first_error(s, search_id))
            self.held.end(owned, "failed", error=f"no trial of a candidate gave a result: {error}")
            return
        repeats = confirmation.repeats(owned.job, samples)
        if repeats and search.trial_count == len(owned.asked):
            self.held.write(owned, runs.confirm, repeats)
            owned.stalled, owned.has_waiting = False, True
            return
        costs = search.search_seconds, search.retrain_seconds
        leaders, rivals = leading.leaders(owned.job, samples), leading.rivals(owned.job, samples)
        owned.verdict = {
            "conclusion": significance.conclude(owned.job, samples, *costs),
            "standing": leading.standing(owned.job, leaders, rivals),
        }
        owned.insights.ending = time.monotonic()

    def explain(self) -> None:
        for owned in list(self.held.searches.values()):
            with self.held.alone(owned):
                self._explain_one(owned)

    def _explain_one(self, owned: Owned) -> None:
        """Keep the search's insight up to date; end it if it is concluded, with its last one if that comes."""
        insights, search_id = owned.insights, owned.lease.search_id
        if found := insights.take(search_id):
            self.held.write(owned, runs.explain, found)
        seen = [outcome for outcome in owned.outcomes if outcome.number < len(owned.asked)]
        if insights.due(owned.job, len(seen)):
            asked = insights.ask(self.asker, owned.job, seen)
            asked.add_done_callback(lambda _: self.answered.set())
        if search_id in self.held.searches and insights.ending and not insights.holds_up():
            self.held.end(owned, "succeeded", **owned.verdict)
