"""A search over distributions as its users run it: several at once, its runner killed in the middle."""

import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from searchsvc import Client, build, load_weights
from tests.e2e.service import Service, untested
from tests.specs import TINY_HETEROGENEITY

SPEC = {
    **TINY_HETEROGENEITY,
    "network": {"name": "reservoir", "units": 150},
    "strategy": {"name": "wasserstein_bo", "initial": 2},
    "budget": {"trials": 16},
    "confirm": 1,  # with two seeds
}


def done(search: Any) -> dict[int, dict[str, Any]]:
    return {trial["number"]: trial for trial in search.trials() if trial["state"] == "done"}


def test_it_survives_its_runner_and_every_suggestion_can_be_made_again(tmp_path: Path) -> None:
    with Service(tmp_path, SEARCHSVC_EXECUTOR="process") as service:
        search = Client(service.url).submit(SPEC)
        while len(done(search)) < 6:
            time.sleep(0.05)
        service.child("workers").kill()
        before = done(search)
        after = done(search.wait())
        total = search.status()["progress"]["total"]
        assert sorted(after) == list(range(total)) and total in (18, 20)  # with the baseline, if it does not lead
        assert all(untested(after[number]) == trial for number, trial in before.items())
        spans = sorted((t["started"], t["finished"]) for t in after.values())
        assert any(later[0] < earlier[1] for earlier, later in pairwise(spans))
        assert any(t["asked_after"] < t["number"] - 1 for t in after.values())  # asked for while two were pending
        audited = service.run("searchsvc", "audit", search.id)
        assert (audited.returncode, audited.stdout) == (0, f"{total} suggestions made again, 0 differences\n"), (
            audited.stderr
        )
        best, weights = search.best(), search.weights(tmp_path / "weights.safetensors")
        network = load_weights(build(best), weights)
        assert network.keep_N.shape == (150,)
        board = service.run("searchsvc", "leaderboard", search.id).stdout
        assert "memory_capacity" in board and "tau_excitatory" in board
        assert service.run("searchsvc", "best", search.id, "-o", str(tmp_path / "best.json")).returncode == 0
        trained = service.run(
            "searchsvc", "train", str(tmp_path / "best.json"), "--seed", str(best["manifest"]["seed"])
        )
        (score,) = [t["score"] for t in after.values() if t["id"] == best["manifest"]["trial"]]
        assert f"validation memory_capacity {score:.4g}, test " in trained.stdout
