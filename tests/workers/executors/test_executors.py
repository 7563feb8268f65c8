"""What every executor must do, on a real Ray and on plain processes."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest
import ray
import safetensors.torch

from searchsvc import kinds, strategies
from searchsvc.metrics.names import ACCURACY
from searchsvc.store import artifacts
from searchsvc.store.control.runs import Work
from searchsvc.strategy import Asked
from searchsvc.training.trials import train
from spaces import networks
from tests.specs import TINY
from workers.executors.on_ray import RayExecutor
from workers.executors.pool import LEAST_BYTES, Pool
from workers.executors.process import ProcessExecutor
from workers.executors.protocol import Blocked, Failed, Happening, Lost, Stepped

pytestmark = pytest.mark.usefixtures("training")
JOB = kinds.read(TINY)
SUGGESTION = strategies.catalog.load("darts").Strategy(JOB).suggest([Asked(0, "super network", 0)], [])
ONE = (1.0, 0.0, LEAST_BYTES)
MEMORY = 4 << 30


@pytest.fixture(scope="module", params=["ray", "process"])
def executor(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    store = str(tmp_path_factory.mktemp("store"))
    before = set(psutil.Process().children(recursive=True))
    made = {"ray": partial(RayExecutor, ""), "process": ProcessExecutor}[request.param]
    started: Pool = made(store, cpus=2, memory=MEMORY)
    yield started
    started.close()
    _, alive = psutil.wait_procs(set(psutil.Process().children(recursive=True)) - before, timeout=10)
    assert [p for p in alive if "resource_tracker" not in " ".join(p.cmdline())] == []
    if isinstance(started, RayExecutor):
        assert not Path(started.folder or "").exists()


def work(checkpoint: str | None = None, **changes: object) -> Work:
    configuration = SUGGESTION.candidate.body.model_dump(mode="json")
    return Work(uuid4(), 1, 1, SUGGESTION.seed, {**configuration, **changes}, checkpoint=checkpoint)


def next_happenings(executor: Pool, seconds: float = 600.0) -> list[Happening]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happened := executor.poll(0.5):
            return happened
    raise AssertionError("nothing happened")


def next_happening(executor: Pool) -> Happening:
    (happening,) = next_happenings(executor)
    return happening


def run(executor: Pool, trial: Work, job: kinds.BaseJob = JOB) -> list[Stepped]:
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
    network, expected = train(SUGGESTION.candidate.body, SUGGESTION.seed)
    assert last.result and last.artifact["kind"] == "weights"
    assert last.result["metrics"][ACCURACY] == expected.metrics[ACCURACY]
    assert last.result["metrics"]["accuracy/test"] == expected.metrics["accuracy/test"]
    assert last.result["manifest"]["versions"]["torch"]
    stored = safetensors.torch.load(artifacts.read(executor.store, last.artifact["path"]))
    assert all(stored[name].equal(value) for name, value in network.state_dict().items())
    path = Path(executor.store, last.artifact["path"])
    networks.load_weights(networks.build(SUGGESTION.candidate.body), path)


def test_a_trial_goes_on_from_its_checkpoint_to_the_same_result(executor: Pool) -> None:
    whole = run(executor, work(training={"epochs": 3}))
    checkpoint = whole[1].artifact["path"]
    (rest,) = run(executor, work(checkpoint, training={"epochs": 3}))
    assert rest.step == 3 and rest.metrics == whole[2].metrics
    assert rest.result and whole[2].result
    assert rest.result["metrics"]["accuracy/test"] == whole[2].result["metrics"]["accuracy/test"]


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
    assert isinstance(happening, Failed) and "no such task" in happening.error and not happening.diverged
    run(executor, work())


def test_a_trial_that_diverges_is_told_from_one_that_failed(executor: Pool) -> None:
    executor.start(work(training={"epochs": 1, "lr": 1000.0, "weight_decay": 1000.0}), JOB, uuid4())
    happening = next_happening(executor)
    assert isinstance(happening, Failed) and happening.diverged and "training diverged" in happening.error
    run(executor, work())


def test_an_idle_worker_makes_way_for_another_shape_and_fractions_share(executor: Pool) -> None:
    wide, half = (kinds.read({**TINY, "resources": {"cpus": c}}) for c in (2, 0.5))
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


def test_what_a_store_does_not_take_is_kept_until_it_does(
    executor: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "away").touch()  # where the store's folder should be
    monkeypatch.setattr(executor, "store", str(tmp_path / "away" / "store"))
    begun = work()
    executor.start(begun, JOB, uuid4())
    for _ in range(2):
        happening = next_happening(executor)
        assert isinstance(happening, Blocked) and str(tmp_path / "away") in happening.reason
        executor.advance(begun)
    assert isinstance(next_happening(executor), Blocked)
    (tmp_path / "away").unlink()
    executor.advance(begun)
    happening = next_happening(executor)
    assert isinstance(happening, Stepped) and happening.step == 1
    assert (tmp_path / "away" / "store" / happening.artifact["path"]).exists()


def test_no_folder_is_left_in_the_home_directory(executor: Pool) -> None:
    assert not Path.home().joinpath("ray_results").exists()


def test_a_ray_without_its_head_is_not_healthy(tmp_path: Path) -> None:
    """In a process of its own: losing the head ends the driver a minute later."""
    import subprocess
    import sys

    code = f"""
import os
from workers.executors.protocol import ExecutorLost
from workers.executors.on_ray import RayExecutor
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


def test_what_needs_more_memory_than_there_is_fails_with_a_sentence_and_its_worker_goes_on(executor: Pool) -> None:
    (lif, *_) = SUGGESTION.candidate.body.neurons
    large = {"network": {"name": "vgg", "channels": [4096], "strides": [1]}, "neurons": [lif.model_dump()]}
    too_large = work(**large, time_steps=4, training={"batch_size": 1024})
    executor.start(too_large, JOB, uuid4())
    happening = next_happening(executor)
    assert happening == Failed(
        too_large, "it needs more memory than there is; lower training.batch_size, time_steps or the network's size"
    )
    executor.start(fine := work(), JOB, uuid4())
    stepped = next_happening(executor)
    assert isinstance(stepped, Stepped) and stepped.work == fine
    pid = (stepped.worker or "").rpartition("/")[2]
    assert Path(f"/proc/{pid}/oom_score_adj").read_text().strip() == "1000"
    executor.stop(fine)
