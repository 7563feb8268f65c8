"""Users, several runners, an advancing clock and writes that come too late, in any order: the rows do as `model` says.

Time is a row of the test's database, so that a lease ends when the test says so.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.ext.compiler import compiles

from searchsvc import kinds, strategies
from searchsvc.store import db, migrate
from searchsvc.store.control import leases, results, runs, searches
from searchsvc.store.control.leases import Fenced
from searchsvc.store.control.results import Stepped
from searchsvc.store.db import Database
from searchsvc.store.tables import Base
from searchsvc.strategy import Asked, Outcome
from spaces.errors import ConflictError, NotFoundError, UserError
from tests.faults import model, specs
from tests.faults.checker import check_tables
from tests.faults.rows import load

RUNNERS = [uuid4() for _ in range(3)]
JOB = kinds.read({**specs.SPECS[2], "training": {"epochs": model.STEPS}, "strategy": {"epochs": model.STEPS}})
OUTCOME = Outcome(0, 0.5, [[0.5, 0.5]] * 2)
SUGGESTIONS = [
    strategies.catalog.load("darts").Strategy(JOB).suggest([Asked(i, "", 0) for i in range(n)], [OUTCOME])
    for n in range(JOB.total_trials())
]
SUGGESTIONS[-1] = replace(SUGGESTIONS[-1], start_from=1)  # the weights of trial 1, once it has some
COSTS = {"parameters": 10.0, "macs": 1.0, "acs": 2.0, "sops": 3.0, "firing_rate": 0.1, "energy": 1e-9, "seconds": 0.3}
CHECK_EVERY = 8
any_one = st.integers(0, 10**6)


class Faults(RuleBasedStateMachine):
    database: Database
    transitions = 0
    seen: Counter[str]  # what came about, so that agreement is not for want of anything to agree on

    @initialize()
    def begin(self) -> None:
        self.clock = 1000.0
        self.model: dict[Any, model.Search] = {}
        self.leases: list[leases.Lease] = []
        self.works: list[tuple[leases.Lease, runs.Work]] = []
        self.steps = 0
        with self.database.write() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(table.delete())
            session.execute(text("UPDATE test_clock SET value = :now"), {"now": self.clock})
        self.submit()
        self.claim(RUNNERS[0], 1, 1)

    # Users.

    @precondition(lambda self: sum(search.state != "gone" for search in self.model.values()) < 3)
    @rule()
    def submit(self) -> None:
        with self.database.write() as session:
            self.model[searches.submit(session, JOB).id] = model.Search()
        self.done()

    @precondition(lambda self: self.model)
    @rule(
        which=any_one,
        verb=st.sampled_from(["pause", "resume", "resume", "retry", "retry", "cancel", "cancel", "remove"]),
        sure=any_one,
    )
    def user(self, which: int, verb: str, sure: int) -> None:
        if verb in ("cancel", "remove") and sure % 4:
            return  # or few searches would get anywhere
        search_id = list(self.model)[which % len(self.model)]
        gone = self.model[search_id].state == "gone"
        accepted = not gone and getattr(self.model[search_id], verb)()
        try:
            with self.database.write() as session:
                getattr(searches, verb)(session, search_id)
        except ConflictError:
            assert not accepted and not gone, verb
        except NotFoundError:
            assert gone, verb
        else:
            assert accepted, verb
            self.seen[verb] += 1
        self.done()

    # Runners.

    @rule(runner=st.sampled_from(RUNNERS), forgot=st.integers(0, 9), limit=st.sampled_from([0, 1, 3, 3, 3]))
    def claim(self, runner: Any, forgot: int, limit: int) -> None:
        """A runner that `forgot` did not hear the answer of its last claim."""
        mine = {search_id for search_id, search in self.model.items() if search.owner == runner and forgot}
        ordered = sorted(self.model.items())
        lost = [search_id for search_id, search in ordered if search.lost(self.clock, runner, search_id in mine)]
        queue = [search_id for search_id, search in ordered if search.state == "queued"]
        free, requeued = model.to_claim(self.model, lost, queue, limit)
        with self.database.read() as session:
            waiting = [searches.get(session, search_id) for search_id in queue]
            places = sorted(queue, key=lambda search_id: self.model[search_id].declined)  # nobody waits for those
            assert leases.places(session, waiting) == {search_id: place for place, search_id in enumerate(places, 1)}
            assert leases.claimable(session, runner, limit, mine) == bool(free or requeued)
        with self.database.write() as session:
            taken = [lease for lease, _ in leases.claim(session, runner, model.LEASE_SECONDS, limit, mine)]
        assert [lease.search_id for lease in taken] == free
        for search_id in free:
            self.model[search_id].claim(runner, self.clock)
        for search_id in requeued:
            self.model[search_id].set_down()
        assert all(lease.epoch == self.model[lease.search_id].epoch for lease in taken)
        self.leases += taken
        self.done()

    @precondition(lambda self: self.leases)
    @rule(which=any_one, late=st.booleans(), steps=st.integers(0, model.STEPS))
    def run_a_trial(self, which: int, late: bool, steps: int) -> None:
        """What mostly happens; the rules that follow are its parts, one by one."""
        self.ask(which, late)
        before = len(self.works)
        self.start(which)
        for _ in range(steps if len(self.works) > before else 0):
            self.step(0, late, 1, newest=True)

    @precondition(lambda self: self.leases)
    @rule(which=any_one, late=st.booleans())
    def ask(self, which: int, late: bool) -> None:
        lease, search, holds = self.lease(which)
        number = max(0, len(search.trials) - late)
        if number == len(SUGGESTIONS):
            return
        suggestion, wanted = SUGGESTIONS[number], search.state == "running" and number == len(search.trials)
        tells = search.tells  # as a runner that has read all of them says
        if holds and wanted and not search.may_start_from(suggestion.start_from):
            with pytest.raises(UserError, match="which has no trained weights"):
                self.write(holds, runs.ask, lease, number, [suggestion], tells)
            self.seen["waits"] += 1
        else:
            self.write(holds, runs.ask, lease, number, [suggestion], tells)
            if holds and wanted:
                search.trials.append(model.Trial())
        self.done()

    @precondition(lambda self: self.leases)
    @rule(which=any_one)
    def start(self, which: int) -> None:
        lease, search, holds = self.lease(which)
        work = next(iter(self.write(holds, runs.start, lease) or []), None)
        expected = search.first_pending() if holds else None
        assert (work.number if work else None) == expected
        if work is not None and expected is not None:
            trial = search.trials[expected]
            assert work.attempt == trial.attempt
            trial.state = "running"
            self.works.append((lease, work))
        self.done()

    @precondition(lambda self: self.works)
    @rule(which=any_one, late=st.booleans(), stop=st.integers(0, 3))
    def step(self, which: int, late: bool, stop: int, *, newest: bool = False) -> None:
        """As a runner does: a report, and in the same transaction the result after the last one. `late`: again."""
        lease, work, trial, live = self.work(which, newest=newest)
        number = min(model.STEPS, max(1, trial.next_step - late))
        last = number == model.STEPS
        decision = "stop" if stop == 0 and not last else "continue"
        score = (work.number + 1) / 100

        metrics = {"accuracy/validation": score, "accuracy/test": 0.5, **COSTS}
        result = {"metrics": metrics, "layers": [], "manifest": {}}
        artifact = {"kind": "weights" if last else "checkpoint", "path": f"{number}", "sha256": "0", "bytes": 1}
        stepped = Stepped(
            work, number, {"accuracy/validation": score}, [], result if last else None, artifact, decision
        )
        if live and last and trial.reported.get(number) == trial.attempt:
            return  # a last step comes with its result: nobody reports it alone
        self.write(self.holds(lease), results.record, lease, [stepped])
        if live and trial.reported.get(number) != trial.attempt:
            trial.reported[number] = trial.attempt
            trial.state = "done" if last else "pruned" if decision == "stop" else "running"
        self.done()

    @precondition(lambda self: self.works)
    @rule(which=any_one, how=st.sampled_from(["lose", "lose", "fail"]))
    def lose_or_fail(self, which: int, how: str) -> None:
        lease, work, trial, live = self.work(which)
        self.write(self.holds(lease), getattr(runs, how), lease, work, "on purpose")
        if live and how == "fail":
            trial.state = "failed"
        elif live:
            trial.again(loss=True)
        self.done()

    @rule(runner=st.sampled_from(RUNNERS))
    def renew(self, runner: Any) -> None:
        mine = self.owned(runner)
        with self.database.write() as session:
            wishes = leases.wishes(session, runner)
            epochs = leases.renew(session, runner, model.LEASE_SECONDS)
        assert epochs == {search_id: search.epoch for search_id, search in mine.items()}
        assert wishes == {search_id: (search.epoch, search.desired) for search_id, search in mine.items()}
        for search in mine.values():
            search.lease_until = self.clock + model.LEASE_SECONDS
        self.done()

    @rule(runner=st.sampled_from(RUNNERS), sure=any_one)
    def stop(self, runner: Any, sure: int) -> None:
        if sure % 8 == 0:
            with self.database.write() as session:
                leases.release(session, runner)
            for search in self.owned(runner).values():
                search.set_down()
        self.done()

    @precondition(lambda self: self.leases)
    @rule(which=any_one, known=st.integers(0, 4))
    def reconcile(self, which: int, known: int) -> None:
        lease, search, holds = self.lease(which)
        mine = [work for held, work in self.works if held == lease] if known else []
        self.write(holds, runs.reconcile, lease, {work.trial_id for work in mine})
        if holds:
            search.interrupt(but=tuple(work.number for work in mine))
        self.done()

    @precondition(lambda self: self.leases)
    @rule(which=any_one, how=st.sampled_from(["pause", "pause", "decline", "end"]), state=st.sampled_from(model.FINAL))
    def let_go(self, which: int, how: str, state: str) -> None:
        """A pause that comes after its user thought better of it does nothing, and nothing ends twice."""
        lease, search, holds = self.lease(which)
        if how == "end" and which % 3 and search.state not in model.FINAL:
            return  # or few searches would get anywhere
        if state == "succeeded" and [t.state for t in search.trials] != ["done"] * len(SUGGESTIONS):
            state = "failed"  # no runner says otherwise
        writes = {
            "end": (runs.end, lease, state),
            "pause": (leases.pause, lease),
            "decline": (leases.decline, lease, ""),
        }
        self.write(holds, *writes[how])
        if holds and how == "end":
            if search.state not in model.FINAL:
                search.end(state)
                search.lease_until = None
        elif holds and (search.wants_a_pause() if how == "pause" else search.state == "running"):
            search.declined = how == "decline"
            search.set_down()
        self.done()

    @rule(seconds=st.sampled_from([1.0, 10.0, 10.0, 31.0]))
    def advance(self, seconds: float) -> None:
        self.clock += seconds
        with self.database.write() as session:
            session.execute(text("UPDATE test_clock SET value = :now"), {"now": self.clock})
        self.done()

    # The same to the rows and to the model.

    def lease(self, which: int) -> tuple[leases.Lease, model.Search, bool]:
        """A lease: mostly one that holds, sometimes one that may be long over."""
        lease = pick(self.leases, [lease for lease in self.leases if self.holds(lease)], which)
        return lease, self.model[lease.search_id], self.holds(lease)

    def work(self, which: int, *, newest: bool = False) -> tuple[leases.Lease, runs.Work, model.Trial, bool]:
        lease, work = self.works[-1] if newest else pick(self.works, self.works[-2:], which)
        trial = self.model[lease.search_id].trials[work.number]
        live = self.holds(lease) and trial.state == "running" and trial.attempt == work.attempt
        return lease, work, trial, live

    def owned(self, runner: Any) -> dict[Any, model.Search]:
        return {n: s for n, s in self.model.items() if s.owner == runner and s.state in ("running", "cancelling")}

    def holds(self, lease: leases.Lease) -> bool:
        return self.model[lease.search_id].holds(lease.owner, lease.epoch)

    def write(self, holds: bool, write: Any, *arguments: Any) -> Any:
        try:
            with self.database.write() as session:
                result = write(session, *arguments)
        except Fenced:
            assert not holds
            self.seen["fenced"] += 1
            return None
        assert holds, "a write under a lost lease was accepted"
        return result

    def done(self) -> None:
        type(self).transitions += 1
        self.steps += 1
        if self.steps % CHECK_EVERY == 0:
            self.compare()

    def compare(self, *, final: bool = False) -> None:
        tables, damage = load(str(self.database.url))
        assert damage + check_tables(tables, decisions=False) == []
        stored = {row["id"]: row for row in tables["search"]}
        trials = {(row["search_id"], row["number"]): row for row in tables["trial"]}
        left = {search_id: search for search_id, search in self.model.items() if search.state != "gone"}
        assert stored.keys() == {search_id.hex for search_id in left}
        self.seen["gone"] += final * (len(self.model) - len(left))
        for search_id, search in left.items():
            row = stored[search_id.hex]
            assert (row["state"], row["desired"], row["epoch"]) == (search.state, search.desired, search.epoch)
            for number, trial in enumerate(search.trials):
                found = trials[search_id.hex, number]
                assert (found["state"], found["attempt"]) == (trial.state, trial.attempt)
                self.seen[trial.state] += final
        assert len(trials) == sum(len(search.trials) for search in left.values())

    def teardown(self) -> None:
        if hasattr(self, "model"):
            self.compare(final=True)


def pick(items: list[Any], likely: list[Any], which: int) -> Any:
    """Every fourth time any item, else a likely one."""
    among = items if which % 4 == 0 or not likely else likely
    return among[which // 4 % len(among)]


@pytest.fixture
def database() -> Iterator[Database]:
    """In memory where there is such a folder: this test is about what is written, not about the disk."""
    memory = Path("/dev/shm")
    folder = memory if memory.is_dir() else None
    compiles(db.now, "sqlite")(lambda element, compiler, **kw: "(SELECT value FROM test_clock)")
    try:
        with tempfile.TemporaryDirectory(prefix="searchsvc-model-", dir=folder) as name:
            url = f"sqlite:///{name}/model.db"
            migrate.upgrade(url)
            opened = Database(url)
            with opened.write() as session:
                session.execute(text("CREATE TABLE test_clock (value REAL)"))
                session.execute(text("INSERT INTO test_clock VALUES (0)"))
            yield opened
            opened.close()
    finally:
        compiles(db.now, "sqlite")(db._now_sqlite)


@pytest.mark.parametrize("examples", [40, pytest.param(300, marks=pytest.mark.long)])
def test_rows_do_as_the_model_says(database: Database, record_property: Callable[..., None], examples: int) -> None:
    Faults.database, Faults.transitions, Faults.seen = database, 0, Counter()
    chosen = settings(
        max_examples=examples,
        stateful_step_count=100,
        deadline=None,
        phases=[Phase.generate],  # shrinking is for whoever looks into a failure
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Faults, settings=chosen)
    record_property("transitions", Faults.transitions)
    assert Faults.transitions > 70 * examples
    if chosen.derandomize:  # other examples may lack one of these
        expected = {"waits", "fenced", "done", "pruned", "failed", "cancelled", "gone", "retry"}
        if examples < 100:
            expected -= {"retry"}
        assert expected - {what for what, times in Faults.seen.items() if times} == set()
