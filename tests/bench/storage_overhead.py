"""What the runner adds to a trial on Ray beside a plain loop over the same actors; how fast searches are claimed."""

import threading
import time
from typing import Any
from uuid import UUID, uuid4

import ray

from searchsvc import kinds
from searchsvc.store.control import leases, runs, searches
from searchsvc.store.db import Database
from tests.bench.storage_writers import LAYERS, SPEC, finished
from workers.executors.on_ray import RayExecutor
from workers.executors.pool import Shape
from workers.runner.loop import Runner

ACTORS = 2


class Idle:
    """An actor that trains nothing, for so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def reset(self, config: dict[str, Any]) -> None:
        self.config = config

    def train(self) -> dict[str, Any]:
        time.sleep(self.seconds)
        work = runs.Work(UUID(self.config["folder"].split("/")[1]), 0, 1, 0, {})
        alphas = [(layer, "alpha", [0.1, 0.2, 0.3]) for layer in range(LAYERS)]
        answer = {**vars(finished(work)), "architecture": alphas}
        return {name: answer[name] for name in ("step", "metrics", "architecture", "result", "artifact", "worker")}


class IdleExecutor(RayExecutor):
    seconds = 0.0

    def spawn(self, shape: Shape) -> Any:
        return ray.remote(num_cpus=shape[0])(Idle).remote(self.seconds)


def milliseconds(urls: dict[str, str], trials: int, seconds: float) -> dict[str, float]:
    """From trial to trial, each of which takes so long: in a plain loop, and under the runner on each database."""
    executor = IdleExecutor("local", "/nowhere", ACTORS)
    executor.seconds = seconds
    try:
        spent = {"plain loop over actors": _plain(executor, trials)}
        return spent | {name: _with_runner(executor, url, trials) for name, url in urls.items()}
    finally:
        executor.close()


def _plain(executor: IdleExecutor, trials: int) -> float:
    actors = [executor.spawn((1.0, 0.0)) for _ in range(ACTORS)]
    config = {"folder": f"{uuid4()}/{uuid4()}/1"}
    ray.get([_trial(actor, config) for actor in actors])
    began, running, left = time.perf_counter(), {_trial(actor, config): actor for actor in actors}, trials - ACTORS
    while running:
        (future,), _ = ray.wait(list(running))
        actor = running.pop(future)
        ray.get(future)
        if left > 0:
            running[_trial(actor, config)] = actor
            left -= 1
    spent = time.perf_counter() - began
    for actor in actors:
        ray.kill(actor)
    return 1000 * spent / trials


def _trial(actor: Any, config: dict[str, Any]) -> Any:
    actor.reset.remote(config)
    return actor.train.remote()


def _with_runner(executor: IdleExecutor, url: str, trials: int) -> float:
    database = Database(url)
    with database.write() as session:
        search_id = searches.submit(session, kinds.read(SPEC)).id
    runner = Runner(database, executor, 30.0, "/nowhere")
    thread = threading.Thread(target=runner.run)
    thread.start()
    before = _wait(database, search_id, 2 * ACTORS)
    began = time.perf_counter()
    after = _wait(database, search_id, before + trials)
    spent = time.perf_counter() - began
    with database.write() as session:
        searches.cancel(session, search_id)
    runner.stop.set()
    thread.join()
    for busy in list(executor.busy.values()):
        executor.stop(busy.work)
    database.close()
    return 1000 * spent / (after - before)


def _wait(database: Database, search_id: UUID, trials: int) -> int:
    while (told := _told(database, search_id)) < trials:
        time.sleep(0.05)
    return told


def _told(database: Database, search_id: UUID) -> int:
    with database.read() as session:
        return searches.get(session, search_id).tell_count


def claims_per_second(url: str, count: int) -> tuple[float, float]:
    """Of searches that are all free at once; and one by one, beside as many that another runner holds."""
    database = Database(url)
    job, first, second = kinds.read(SPEC), uuid4(), uuid4()
    with database.write() as session:
        for _ in range(count):
            searches.submit(session, job)
    began = time.perf_counter()
    with database.write() as session:
        taken = leases.claim(session, first, 3600.0, count)
    at_once = len(taken) / (time.perf_counter() - began)
    with database.write() as session:
        searches.submit(session, job)
    began, cycles = time.perf_counter(), 50
    for _ in range(cycles):
        with database.write() as session:
            assert leases.claim(session, second, 3600.0, 1)
        with database.write() as session:
            leases.release(session, second)
    one_by_one = cycles / (time.perf_counter() - began)
    database.close()
    return at_once, one_by_one
