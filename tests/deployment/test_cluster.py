"""What docker-compose.yml starts, as plain processes on PostgreSQL and a Ray cluster of two working nodes."""

import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from searchsvc import Client
from searchsvc.store.db import Database
from tests.deployment.compose import Deployment, trains
from tests.faults.checker import check
from tests.specs import TINY
from workers.__main__ import EXECUTOR_LOST

pytestmark = pytest.mark.long
SPEC = {**TINY, "network": {"name": "vgg", "channels": [8, 8], "strides": [1, 2]}, "training": {"epochs": 6}}


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


def promise_kept(deployed: Deployment, search: Any, database_url: str) -> None:
    assert Counter(trial["state"] for trial in search.trials()) == {"done": 9}
    assert check(database_url) == []
    audit = deployed.run("runner", "searchsvc", "audit", search.id)
    assert audit.returncode == 0, audit.stdout + audit.stderr
    for trial in search.trials():
        assert httpx.get(f"{deployed.url}/v1/trials/{trial['id']}/weights").is_success


def test_a_search_outlives_a_node_and_the_cluster_its_runner(tmp_path: Path, empty_postgresql: str) -> None:
    with Deployment(tmp_path, empty_postgresql) as deployed:
        deployed.up("ray-head")
        assert not deployed.healthy("ray-head", RAY_AUTH_TOKEN="0" * 64)
        assert deployed.run("migrate").returncode == 0
        deployed.up("api")
        kept, lost = deployed.up("ray-worker"), deployed.up("ray-worker")
        runner = deployed.up("runner")
        search = Client(deployed.url).submit(SPEC)
        until(lambda: trains(kept) and trains(lost))
        deployed.kill(lost)
        search.wait()
        assert any(event.kind == "trial_lost" for event in search.events())
        promise_kept(deployed, search, empty_postgresql)

        runner.terminate()
        assert runner.wait(60) == 0
        assert deployed.healthy("ray-head") and kept.poll() is None


def test_a_runner_that_loses_the_head_hands_its_searches_back(tmp_path: Path, empty_postgresql: str) -> None:
    with Deployment(tmp_path, empty_postgresql) as deployed:
        assert deployed.run("migrate").returncode == 0
        deployed.up("api")
        nodes = start_cluster(deployed)
        search = Client(deployed.url).submit(SPEC)
        until(lambda: any(trial["state"] == "done" for trial in search.trials()))
        deployed.kill(nodes[0])
        assert nodes[-1].wait(120) == EXECUTOR_LOST  # Ray would end it a minute later with another status
        assert owners(empty_postgresql) == [None]
        for node in nodes:
            deployed.kill(node)
        start_cluster(deployed)
        search.wait()
        promise_kept(deployed, search, empty_postgresql)


def owners(url: str) -> list[object]:
    opened = Database(url)
    with opened.read() as session:
        found = list(session.execute(text("SELECT owner FROM search")).scalars())
    opened.close()
    return found


def start_cluster(deployed: Deployment) -> list["subprocess.Popen[bytes]"]:
    return [deployed.up(service) for service in ("ray-head", "ray-worker", "runner")]
