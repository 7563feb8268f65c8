"""Processes that record trials as fast as the database lets them: our runner, and Optuna's ask and tell.

Both record the same of a trial: a neuron for each of five layers, one report, and the result with its costs.
Neither trains: a trial's result is there as soon as it starts.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import astuple, dataclass
from multiprocessing import get_context
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, event

import searchsvc.store.db
import searchsvc.strategies.wasserstein.quantiles  # the asker loads it at its first question: not measured
from searchsvc import kinds
from searchsvc.kinds import BaseJob
from searchsvc.store.control import searches
from searchsvc.store.control.leases import Lease
from searchsvc.store.control.runs import Question, Work
from searchsvc.store.db import Database
from searchsvc.strategy import Suggestion
from workers.executors.protocol import Happening, Stepped
from workers.runner.asker import answer
from workers.runner.loop import Runner

SPEC: dict[str, Any] = {
    "kind": "neuron_placement",
    "task": "digits",
    "seeds": 40,
    "budget": {"trials": 10_000},
    "strategy": {"epochs": 1},
    "training": {"epochs": 1},
}
NEURONS, LAYERS = ("lif", "llif", "slif"), 5
COSTS = {"parameters": 1e4, "macs": 1e6, "acs": 2e6, "sops": 3e6, "firing_rate": 0.1, "energy": 3e-6, "seconds": 4.2}
LAYER = {"macs": 1e5, "acs": 2e5, "sops": 3e5, "firing_rate": 0.1, "energy": 3e-7}
RESULT: dict[str, Any] = {
    "metrics": {"accuracy/validation": 0.9, "accuracy/test": 0.9, **COSTS},
    "layers": [{"layer": f"layer {i}", **LAYER} for i in range(LAYERS)],
    "manifest": {"seed": 0, "versions": {"torch": "2.13.0", "searchsvc": "0.1.0"}, "data_hash": "0" * 64},
}


class Instant:
    """An executor whose trials have finished as soon as they start."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.waiting: dict[UUID, Work] = {}
        self.recorded = 0

    def impossible(self, job: BaseJob) -> str | None:
        return None

    def places(self) -> int:
        return self.slots

    def room(self, job: BaseJob) -> int:
        return self.slots - len(self.waiting)

    def start(self, work: Work, job: BaseJob, search_id: UUID) -> None:
        self.waiting[work.trial_id] = work

    def poll(self, timeout: float) -> list[Happening]:
        return [finished(work) for work in self.waiting.values()]

    def release(self, work: Work) -> None:
        """The runner says so after its commit."""
        del self.waiting[work.trial_id]
        self.recorded += 1

    def advance(self, work: Work) -> None: ...

    def stop(self, work: Work) -> None:
        self.waiting.pop(work.trial_id, None)

    def healthy(self) -> bool:
        return True

    def close(self) -> None: ...


class Inline:
    """Asks the strategy in this process."""

    def ask(self, question: Question) -> "Future[list[Suggestion]]":
        future: Future[list[Suggestion]] = Future()
        future.set_result(answer(question))
        return future

    def close(self) -> None: ...


def finished(work: Work) -> Stepped:
    weights = {"kind": "weights", "path": f"{work.trial_id}/weights", "sha256": "0" * 64, "bytes": 40_000}
    alphas = [(layer, "alpha", [0.1, 0.2, 0.3]) for layer in range(LAYERS)] if work.phase == "search" else []
    score = (work.number * 7919 % 361) / 360  # as many different accuracies as 360 images allow
    result = {**RESULT, "metrics": {**RESULT["metrics"], "accuracy/validation": score}}
    return Stepped(work, 1, {"accuracy/validation": score}, alphas, result, weights)


class OneSearch(Runner):
    """Holds one search of its own, where a runner would claim the other writers' too."""

    def __init__(self, database: Database, executor: Instant, name: str) -> None:
        super().__init__(database, executor, 3600.0, "/nowhere", Inline())
        with database.write() as session:
            search = searches.submit(session, kinds.read({**SPEC, "name": name}))
            search.state, search.owner, search.epoch = "running", self.held.id, 1
        self.held._take(Lease(search.id, self.held.id, 1), search.spec, time.monotonic())
        self.held.claim = lambda: None  # type: ignore[method-assign]
        self.sweeping._next = float("inf")


def ours(url: str, index: int, seconds: float, slots: int, ready: Callable[[], object]) -> int:
    """Record trials of one search for some seconds, so many at once; how many the runner believes to be recorded."""
    logging.disable(logging.WARNING)
    executor = Instant(slots)
    runner = OneSearch(Database(url), executor, f"writer {index}")
    ready()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        runner.turn()
    return executor.recorded


def optunas(url: str, index: int, seconds: float, slots: int, ready: Callable[[], object]) -> int:
    """The same with Optuna; a study is to it what a search is to us."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        storage=optuna_storage(url),
        study_name=f"writer {index}",
        sampler=optuna.samplers.RandomSampler(),
    )
    ready()
    recorded, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        trial = study.ask()
        for layer in range(LAYERS):
            trial.suggest_categorical(f"layer {layer}", NEURONS)
        score = (trial.number * 7919 % 361) / 360
        trial.report(score, 1)
        trial.set_user_attr("result", RESULT)
        study.tell(trial, score)
        recorded += 1
    return recorded


def optuna_storage(url: str) -> Any:
    import optuna

    options = {"connect_args": {"timeout": 30}} if url.startswith("sqlite") else {}
    return optuna.storages.RDBStorage(str(url), engine_kwargs=options)


@dataclass(frozen=True)
class Recorded:
    """By one process, or by some together; `trials` as it believes."""

    trials: int
    commits: int
    statements: int
    processor_seconds: float


def record(
    work: Callable[..., int], url: str, index: int, seconds: float, slots: int, wal: bool, barrier: Any
) -> Recorded:
    searchsvc.store.db.WAL_IS_SAFE = wal
    counts: Counter[str] = Counter()
    began = 0.0

    def ready() -> None:
        nonlocal began
        barrier.wait()
        began = time.process_time()
        event.listen(Engine, "commit", lambda connection: counts.update(["commits"]))
        event.listen(Engine, "before_cursor_execute", lambda *_: counts.update(["statements"]))

    trials = work(url, index, seconds, slots, ready)
    return Recorded(trials, counts["commits"], counts["statements"], time.process_time() - began)


def together(work: Callable[..., int], url: str, writers: int, seconds: float, *, wal: bool, slots: int) -> Recorded:
    """What so many processes record at once."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__, "optuna.storages"])
    with context.Manager() as manager, context.Pool(writers) as pool:
        barrier = manager.Barrier(writers)
        tasks = [(work, url, index, seconds, slots, wal, barrier) for index in range(writers)]
        each = pool.starmap(record, tasks, chunksize=1)
    return Recorded(*(sum(column) for column in zip(*map(astuple, each), strict=True)))
