"""What a pool does when what it counted on goes."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from searchsvc import kinds
from searchsvc.store.control.runs import Work
from tests.specs import TINY
from workers.executors.pool import Pool, Shape
from workers.executors.protocol import Happening

JOB = kinds.read(TINY)


class Numbers(Pool):
    """Workers are numbers."""

    def __init__(self, cpus: float, memory: int = 1 << 40) -> None:
        super().__init__("", memory)
        self.cpus = cpus
        self.alive: set[int] = set()
        self.made = 0

    def capacity(self) -> Shape:
        return self.cpus, 0.0, self.memory

    def spawn(self, shape: Shape) -> int:
        self.made += 1
        self.alive.add(self.made)
        return self.made

    def begin(self, worker: Any, config: dict[str, Any]) -> None: ...

    def step(self, worker: Any, trial_id: UUID) -> None: ...

    def kill(self, worker: Any) -> None:
        self.alive.remove(worker)

    def poll(self, timeout: float) -> list[Happening]:
        return []

    def healthy(self) -> bool:
        return True

    def close(self) -> None: ...


@pytest.fixture
def pool() -> Numbers:
    """One worker is idle, two are busy."""
    made = Numbers(3)
    trials = [Work(uuid4(), 1, number, 0, {}) for number in range(3)]
    for trial in trials:
        made.start(trial, JOB, uuid4())
    made.release(trials[0])
    return made


@pytest.mark.parametrize("cpus", [1, 2])
def test_an_idle_worker_ends_when_its_place_is_wanted_after_a_node_has_gone(pool: Numbers, cpus: int) -> None:
    pool.cpus = cpus
    pool.shrink()
    assert pool.alive == {2, 3} and len(pool.busy) == 2


def test_an_idle_worker_stays_while_there_is_room(pool: Numbers) -> None:
    pool.shrink()
    assert pool.alive == {1, 2, 3}


def test_to_look_for_room_ends_nobody_and_to_start_ends_who_is_in_the_way(pool: Numbers) -> None:
    wide = kinds.read({**TINY, "resources": {"cpus": 0.5}})
    assert pool.room(wide) == 1 and pool.alive == {1, 2, 3}
    pool.start(Work(uuid4(), 1, 3, 0, {}), wide, uuid4())
    assert pool.alive == {2, 3, 4}


def test_a_cooled_pool_keeps_only_the_busy(pool: Numbers) -> None:
    pool.cool()
    assert pool.alive == {2, 3} and not any(pool.idle.values())


@pytest.mark.parametrize(
    ("cpus", "memory", "most"), [(0.001, 64 << 30, 8), (0.3, 64 << 30, 6), (0.001, 3 << 30, 6), (1, 64 << 30, 2)]
)
def test_processors_and_memory_bound_the_workers_whatever_a_specification_says(
    cpus: float, memory: int, most: int
) -> None:
    pool, job = Numbers(2, memory), kinds.read({**TINY, "resources": {"cpus": cpus}})
    started = 0
    while pool.room(job):
        pool.start(Work(uuid4(), 1, started, 0, {}), job, uuid4())
        started += 1
    assert len(pool.alive) == started == most


def test_a_trial_that_needs_much_memory_holds_it_and_one_that_needs_too_much_is_told_so() -> None:
    pool = Numbers(16, 32 << 30)
    large = {**TINY, "network": {"name": "vgg", "channels": [4096], "strides": [1]}, "neurons": ["lif", "slif"]}
    job = kinds.read({**large, "training": {"batch_size": 1024}})
    assert 4 << 30 < job.least_bytes < 5 << 30 and pool.room(job) == 4 and pool.impossible(job) is None
    problem = pool.impossible(kinds.read({**large, "training": {"batch_size": 1024}, "time_steps": 20}))
    assert problem and "needs at least 40" in problem and "there are 32 GiB in all; lower" in problem
