"""What a pool does when what it counted on goes."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from searchsvc import jobs
from searchsvc.repo.runs import Work
from tests.specs import TINY
from workers.executor import Happening
from workers.pool import Pool, Shape

JOB = jobs.read(TINY)


class Numbers(Pool):
    """Workers are numbers."""

    def __init__(self, cpus: float) -> None:
        super().__init__("")
        self.cpus = cpus
        self.alive: set[int] = set()
        self.made = 0

    def capacity(self) -> Shape:
        return self.cpus, 0.0

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
    wide = jobs.read({**TINY, "resources": {"cpus": 0.5}})
    assert pool.room(wide) == 1 and pool.alive == {1, 2, 3}
    pool.start(Work(uuid4(), 1, 3, 0, {}), wide, uuid4())
    assert pool.alive == {2, 3, 4}


def test_a_cooled_pool_keeps_only_the_busy(pool: Numbers) -> None:
    pool.cool()
    assert pool.alive == {2, 3} and not any(pool.idle.values())
