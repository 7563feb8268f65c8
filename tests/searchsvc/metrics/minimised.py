"""Everything that a search of the plugin's task says of itself, through each door, as JSON; a process of its own.

Usage: ``python -m tests.searchsvc.metrics.minimised FOLDER``
"""

import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import torch
from fastapi.testclient import TestClient

import searchsvc.local
from api.app import create_app
from searchsvc import kinds
from searchsvc.cli import boards
from searchsvc.cli.display import scores
from searchsvc.client import Client, Search
from searchsvc.service.audit import audit
from searchsvc.service.settings import Settings
from searchsvc.store import check, migrate
from searchsvc.store.db import Database
from tests.workers.inline import InlineAsker, InlineExecutor
from workers.runner import schedulers
from workers.runner.loop import Runner

SPEC: dict[str, Any] = {
    "kind": "heterogeneity",
    "task": "echo",
    "network": {"name": "reservoir", "units": 20},
    "space": {"units": {"type": "int", "low": 20, "high": 60}, "reach": {"type": "float", "low": 1, "high": 5}},
    "strategy": {"name": "wasserstein_bo", "initial": 3},
    "constraints": [{"metric": "error/validation", "at_most": 0.49}, {"metric": "parameters", "at_most": 170}],
    "tradeoffs": ["parameters"],
    "seeds": 2,
    "confirm": 2,
    "budget": {"trials": 14},
    "max_concurrent": 1,
}


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    migrate.upgrade(url := f"sqlite:///{folder}/searchsvc.db")
    database = Database(url)
    with TestClient(create_app(Settings(data=folder, database_url=url)), base_url="http://127.0.0.1:8000") as http:
        found = {
            "refused": refused(),
            "asha": asha(),
            "local": locally(),
            "catalog": http.get("/v1/catalog").json()["tasks"]["echo"],
        }
        search_id = http.post("/v1/searches", json=SPEC).json()["id"]
        runner = Runner(database, InlineExecutor(folder / "artifacts"), 30.0, str(folder / "artifacts"), InlineAsker())
        path = f"/v1/searches/{search_id}"
        while http.get(path).json()["state"] not in ("succeeded", "failed"):
            runner.turn()
        runner.close()
        found |= {name: http.get(f"{path}{what}").json() for name, what in PATHS.items()}
        found["sorted"] = {by: http.get(f"{path}/leaderboard?sort={by}").json()["rows"] for by in SORTS}
        found["page"] = http.get(f"/searches/{search_id}").text
        found["csv"] = http.get(f"{path}/leaderboard?format=csv").text
        found["figures"] = {
            offer["kind"]: http.get(f"{path}/figures/{offer['kind']}", params={"of": (offer["of"] or [""])[0]}).json()
            for offer in http.get(f"{path}/figures").json()["figures"]
        }
        found["task"] = http.get("/v1/leaderboard?task=echo").json()
        found |= by_client(http, search_id)
    with database.read() as session:
        found["audit"] = audit(session, UUID(search_id))
    database.close()
    found["check"] = check.check(url)[1]
    print(json.dumps(found))


SORTS = ("error/validation", "-error/validation")
PATHS = {"search": "", "board": "/leaderboard", "trials": "/trials", "best": "/best"}


def by_client(http: TestClient, search_id: str) -> dict[str, Any]:
    client = Client("http://127.0.0.1:8000")
    client.http, client.route = http, ""  # type: ignore[assignment]
    board = Search(client, search_id).leaderboard()
    table = boards.table(board, None)
    return {"client": str(board), "columns": [str(column.header) for column in table.columns]}  # type: ignore[union-attr]


def locally() -> dict[str, Any]:
    found = searchsvc.local.run(SPEC)
    means = {sample.label: sample.means["error/validation"] for sample in found.leaderboard()}
    kept = [sample.mean for sample in found.leaderboard() if not found.goal.violations(sample.means)]
    return {
        "means": means,
        "kept": kept,
        "conclusion": found.conclusion,
        "said": scores(found.trials[0].result.metrics),
    }


def refused() -> str:
    try:
        kinds.read({**SPEC, "objective": {"metric": "error/test"}})
    except Exception as error:
        return str(error)
    return ""


def asha() -> list[str]:
    job = kinds.read({**SPEC, "scheduler": {"name": "asha", "grace_period": 1, "reduction_factor": 2}})
    scheduler = schedulers.Asha(job.scheduler, job.objective.direction, 8)  # type: ignore[arg-type]
    return [scheduler.decide(trial, 1, score) for trial, score in enumerate([2.0, 3.0, 1.0])]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
