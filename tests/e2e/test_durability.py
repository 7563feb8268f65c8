"""Killed in the middle and started again, the service goes on and keeps every recorded result."""

import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import httpx
import pytest

import searchsvc.local
from searchsvc import Client
from tests.e2e.service import Service, untested
from tests.specs import TINY

pytestmark = pytest.mark.slow
SPEC = {**TINY, "network": {"name": "vgg", "channels": [8, 8], "strides": [1, 2]}, "training": {"epochs": 3}}


def done_trials(search: Any) -> dict[int, dict[str, Any]]:
    return {trial["number"]: trial for trial in search.trials() if trial["state"] == "done"}


@cache
def golden() -> list[float]:
    """What the trials give in one process that nobody kills; called by tests, which have one thread."""
    return [trial.result.metrics["accuracy/validation"] for trial in searchsvc.local.run(SPEC).trials]


@pytest.mark.parametrize(
    ("kind", "executor"),
    [
        ("sqlite", "process"),
        pytest.param("sqlite", "ray", marks=pytest.mark.long),
        pytest.param("postgresql", "ray", marks=pytest.mark.long),
    ],
)
def test_a_killed_service_loses_no_recorded_trial(
    kind: str, executor: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = "" if kind == "sqlite" else request.getfixturevalue("empty_postgresql")
    with Service(tmp_path, url, SEARCHSVC_EXECUTOR=executor) as service:
        search = Client(service.url).submit(SPEC)
        while len(done_trials(search)) < 3:
            time.sleep(0.05)
        service.kill()
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{service.url}/healthz")
        service.start()
        before = done_trials(search)
        assert len(before) >= 3
        search.wait()
        after = done_trials(search)
        assert len(after) == 9
        assert all(untested(after[number]) == trial for number, trial in before.items())
        assert [after[i]["validation_accuracy"] for i in range(9)] == golden()
        numbers = [event.number for event in search.events()]
        assert numbers == list(range(1, len(numbers) + 1))
        assert service.stop() == []


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for the tests after which it runs as before."""
    with Service(tmp_path_factory.mktemp("attacked")) as started:
        yield started


@pytest.mark.long
@pytest.mark.parametrize("victim", ["gcs_server", "raylet"])
def test_a_lost_ray_head_is_replaced(victim: str, attacked: Service) -> None:
    search = Client(attacked.url).submit(SPEC)
    while not done_trials(search):
        time.sleep(0.05)
    (process,) = [p for p in attacked.family() if p.status() != "zombie" and p.name() == victim]
    process.kill()
    assert len(done_trials(search.wait())) == 9


def test_a_killed_runner_and_a_killed_api_are_replaced(attacked: Service) -> None:
    search = Client(attacked.url).submit(SPEC)
    while not done_trials(search):
        time.sleep(0.05)
    for module in ("workers", "api"):
        attacked.child(module).kill()
    assert len(done_trials(search.wait())) == 9


def test_stopping_leaves_no_process_and_no_folder_behind(tmp_path: Path) -> None:
    short = Path(gettempdir()).parent  # Ray's sockets lie in it
    with TemporaryDirectory(prefix="t", dir=short) as temporary:
        with Service(tmp_path, TMPDIR=temporary) as service:
            search = Client(service.url).submit(SPEC)
            while search.status()["progress"]["running"] == 0:
                time.sleep(0.05)
            assert list(Path(temporary).glob("searchsvc-*"))
            assert service.stop() == []
        assert not list(Path(temporary).glob("searchsvc-*"))


def test_children_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    import psutil

    with Service(tmp_path) as service:
        family = service.family()
        service.process.kill()
        service.process.wait()
        _, alive = psutil.wait_procs(family, timeout=30)
        assert alive == []
