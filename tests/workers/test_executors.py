"""What every executor must do, on a real Ray and on plain processes."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest
import ray
import safetensors.torch

import searchsvc.trials
from searchsvc import artifacts, jobs, strategies
from searchsvc.repo.runs import Work
from spaces import networks
from tests.specs import TINY
from workers.executor import Failed, Happening, Lost, Stepped
from workers.pool import Pool
from workers.process_executor import ProcessExecutor
from workers.ray_executor import RayExecutor

JOB = jobs.read(TINY)
SUGGESTION = strategies.catalog.load("darts").Strategy(JOB).suggest(1, [])
ONE = (1.0, 0.0)


@pytest.fixture(scope="module", params=["ray", "process"])
def executor(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    store = str(tmp_path_factory.mktemp("store"))
    before = set(psutil.Process().children(recursive=True))
    started: Pool = RayExecutor("", store, cpus=2) if request.param == "ray" else ProcessExecutor(store, cpus=2)
    yield started
    started.close()
    _, alive = psutil.wait_procs(set(psutil.Process().children(recursive=True)) - before, timeout=10)
    assert [p for p in alive if "resource_tracker" not in " ".join(p.cmdline())] == []
    if isinstance(started, RayExecutor):
        assert not Path(started.folder or "").exists()


def work(checkpoint: str | None = None, **changes: object) -> Work:
    configuration = SUGGESTION.candidate.configuration.model_dump(mode="json")
    return Work(uuid4(), 1, 1, SUGGESTION.seed, {**configuration, **changes}, checkpoint=checkpoint)


def next_happenings(executor: Pool, seconds: float = 120.0) -> list[Happening]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happened := executor.poll(0.5):
            return happened
    raise AssertionError("nothing happened")


def next_happening(executor: Pool) -> Happening:
    (happening,) = next_happenings(executor)
    return happening


def run(executor: Pool, trial: Work, job: jobs.BaseJob = JOB) -> list[Stepped]:
    executor.start(trial, job, uuid4())
    return finish(executor)


def finish(executor: Pool, trials: int = 1) -> list[Stepped]:
    """Advance whatever runs until so many trials are over."""
    steps = []
    while trials:
        for happening in next_happenings(executor):
            assert isinstance(happening, Stepped), happening
            steps.append(happening)
            if happening.result:
                executor.release(happening.work)
                trials -= 1
            else:
                executor.advance(happening.work)
    return steps


def pid(executor: Pool, worker: Any) -> int:
    if isinstance(executor, RayExecutor):
        found: int = ray.get(worker.__ray_call__.remote(lambda _: os.getpid()))
        return found
    return int(worker.process.pid)


def test_a_trial_gives_what_it_gives_in_this_process_and_its_weights_load(executor: Pool) -> None:
    last = run(executor, work())[-1]
    network, expected = searchsvc.trials.train(SUGGESTION.candidate.configuration, SUGGESTION.seed)
    assert last.result and last.artifact["kind"] == "weights"
    assert last.result["validation_accuracy"] == expected.validation_accuracy
    assert last.result["test_accuracy"] == expected.test_accuracy
    assert last.result["manifest"]["versions"]["torch"]
    stored = safetensors.torch.load(artifacts.read(executor.store, last.artifact["path"]))
    assert all(stored[name].equal(value) for name, value in network.state_dict().items())
    path = Path(executor.store, last.artifact["path"])
    networks.load_weights(networks.build(SUGGESTION.candidate.configuration), path)


def test_a_trial_goes_on_from_its_checkpoint_to_the_same_result(executor: Pool) -> None:
    whole = run(executor, work(training={"epochs": 3}))
    checkpoint = whole[1].artifact["path"]
    (rest,) = run(executor, work(checkpoint, training={"epochs": 3}))
    assert rest.step == 3 and rest.metrics == whole[2].metrics
    assert rest.result and whole[2].result
    assert rest.result["test_accuracy"] == whole[2].result["test_accuracy"]


def test_a_warm_worker_takes_the_next_trial(executor: Pool) -> None:
    run(executor, work())
    warm = executor.idle[ONE][-1]
    executor.start(work(), JOB, uuid4())
    assert warm not in executor.idle[ONE]
    steps = finish(executor)
    assert {step.worker for step in steps} == {f"{socket.gethostname()}/{pid(executor, warm)}"}
    assert executor.idle[ONE][-1] is warm


def test_a_killed_worker_is_a_lost_trial(executor: Pool) -> None:
    lost = work(training={"epochs": 1000})
    executor.start(lost, JOB, uuid4())
    os.kill(pid(executor, executor.busy[lost.trial_id].worker), signal.SIGKILL)
    happening = next_happening(executor)
    if isinstance(happening, Stepped):
        executor.advance(lost)
        happening = next_happening(executor)
    assert isinstance(happening, Lost) and happening.work == lost and not executor.busy


def test_a_raised_exception_is_a_failed_trial_and_its_worker_goes_on(executor: Pool) -> None:
    executor.start(work(task={"name": "no such task"}), JOB, uuid4())
    happening = next_happening(executor)
    assert isinstance(happening, Failed) and "no such task" in happening.error
    run(executor, work())


def test_an_idle_worker_makes_way_for_another_shape_and_fractions_share(executor: Pool) -> None:
    wide, half = (jobs.read({**TINY, "resources": {"cpus": c}}) for c in (2, 0.5))
    assert executor.room(JOB)
    run(executor, work())
    assert executor.room(wide)
    executor.start(work(), wide, uuid4())
    assert not executor.room(JOB) and not executor.room(half)
    finish(executor)
    for _ in range(4):
        assert executor.room(half)
        executor.start(work(), half, uuid4())
    assert not executor.room(half)
    finish(executor, 4)


def test_a_stopped_trial_says_no_more(executor: Pool) -> None:
    long = work(training={"epochs": 1000})
    assert executor.room(JOB)
    executor.start(long, JOB, uuid4())
    executor.stop(long)
    assert executor.poll(1.0) == [] and not executor.busy and executor.healthy()


def test_a_full_store_fails_the_trial_with_that_reason(executor: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "store", "/dev/full/store")
    executor.start(work(), JOB, uuid4())
    happening = next_happening(executor)
    assert isinstance(happening, Failed) and "/dev/full" in happening.error


def test_no_folder_is_left_in_the_home_directory(executor: Pool) -> None:
    assert not Path.home().joinpath("ray_results").exists()


def test_a_ray_without_its_head_is_not_healthy(tmp_path: Path) -> None:
    """In a process of its own: losing the head ends the driver a minute later."""
    import subprocess
    import sys

    code = f"""
import os
from workers.executor import ExecutorLost
from workers.ray_executor import RayExecutor
executor = RayExecutor("", {str(tmp_path)!r}, cpus=1)
assert executor.healthy() and len(executor.head) == 2, executor.head
executor.head[0].kill()
executor.head[0].wait(10)
assert not executor.healthy()
try:
    executor.capacity()
except ExecutorLost:
    os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
