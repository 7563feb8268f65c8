"""Carries out searches on one commit, by its service and by `searchsvc.local.run`: ``driver.py SEARCHES FILE``.

It runs by itself, with the packages of that commit: so it uses only what every release has.
"""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import safetensors.torch

RUN = "import sys; from searchsvc.cli import main; main()"
AUDIT = """
import sys
from searchsvc.cli import main
for search in sys.argv[1:]:
    sys.argv = ["searchsvc", "audit", search]
    try:
        main()
    except SystemExit as end:
        print("status", end.code, flush=True)
"""
START_SECONDS, SEARCH_SECONDS, LOOK_SECONDS = 300, 1500, 0.5
OF_TIME = ("timeline",)  # pictures of what is measured in seconds


def main(searches: Path, target: Path) -> None:
    specs: dict[str, Any] = json.loads(searches.read_text())
    with TemporaryDirectory(prefix="searchsvc-same-") as folder, service(Path(folder)) as client:
        ids = {name: client.post("/v1/searches", json=spec) for name, spec in specs.items()}
        alone = {name: locally(spec) for name, spec in specs.items()}
        found = {name: by_service(client, answer) for name, answer in ids.items()}
        audits = subprocess.run(
            [sys.executable, "-P", "-c", AUDIT, *(answer.json()["id"] for answer in ids.values() if answer.is_success)],
            capture_output=True,
            text=True,
        )
    said = (audits.stdout + audits.stderr).splitlines()
    target.write_text(json.dumps({"service": found, "local": alone, "audits": said}))


@contextmanager
def service(folder: Path) -> Iterator[httpx.Client]:
    os.environ |= {"SEARCHSVC_DATA": str(folder), "SEARCHSVC_PORT": "0", "SEARCHSVC_CPUS": "1"}
    os.environ |= {"SEARCHSVC_EXECUTOR": "process", "SEARCHSVC_DATABASE_URL": "", "SEARCHSVC_ARTIFACTS": ""}
    log = folder / "service.log"
    with log.open("w") as file:
        process = subprocess.Popen([sys.executable, "-P", "-c", RUN, "up"], stdout=file, stderr=file)
    try:
        client = httpx.Client(base_url=address(process, log), timeout=60)
        yield client
    finally:
        process.terminate()
        process.wait(60)


def address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if "searchsvc on http" in (said := log.read_text()):
            return said.split("searchsvc on ")[1].split()[0]
        time.sleep(LOOK_SECONDS)
    raise SystemExit(f"the service did not start: {log.read_text()}")


def by_service(client: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    """Everything that the service says of a search, once it has ended."""
    if not answer.is_success:
        return {"refused": answer.json()}
    path = f"/v1/searches/{answer.json()['id']}"
    deadline = time.monotonic() + SEARCH_SECONDS
    while (search := client.get(path).json())["state"] not in ("succeeded", "failed", "cancelled"):
        if time.monotonic() > deadline:
            break
        time.sleep(LOOK_SECONDS)
    board = client.get(f"{path}/leaderboard", params={"limit": 1000}).json()
    trials = client.get(f"{path}/trials", params={"limit": 1000}).json()["trials"]
    best = [client.get(f"{path}/best", params={"rank": row["rank"]}).json() for row in board["rows"]]
    return {
        "search": search,
        "leaderboard": board,
        "best": best,
        "trials": [{**trial, **of_trial(client, f"/v1/trials/{trial['id']}")} for trial in trials],
        "figures": figures(client, f"{path}/figures"),
        "figures of a trial": figures(client, f"/v1/trials/{trials[0]['id']}/figures") if trials else {},
    }


def of_trial(client: httpx.Client, path: str) -> dict[str, Any]:
    said = {f"its {what}": client.get(f"{path}/{what}").json() for what in ("reports", "architecture", "layers")}
    weights = client.get(f"{path}/weights")
    return {**said, "its weights": digests(weights.content) if weights.is_success else weights.json()}


def digests(weights: bytes) -> dict[str, str]:
    """Of every tensor: to the bit."""
    tensors = safetensors.torch.load(weights)
    return {
        name: f"{tensor.dtype} {tuple(tensor.shape)} {hashlib.sha256(tensor.numpy().tobytes()).hexdigest()[:16]}"
        for name, tensor in tensors.items()
    }


def figures(client: httpx.Client, path: str) -> dict[str, Any]:
    offers = [o for o in client.get(path).json()["figures"] if o["kind"] not in OF_TIME]
    pairs = [(offer["kind"], of) for offer in offers for of in offer["of"] or [""]]
    drawn = {f"{kind} {of}".strip(): client.get(f"{path}/{kind}", params={"of": of}).json() for kind, of in pairs}
    return {"offers": offers, **drawn}


def locally(spec: dict[str, Any]) -> dict[str, Any]:
    """What the same search finds in this process."""
    import searchsvc.local

    reports: dict[int, list[Any]] = defaultdict(list)
    try:
        found = searchsvc.local.run(spec, lambda number, report: reports[number].append([report.step, report.metrics]))
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"}
    trials = [
        {
            "label": trial.label,
            "seed": trial.suggestion.seed,
            "is_confirming": trial.is_confirming,
            "metrics": means(trial.result),
            "reports": [{"step": step, "metrics": metrics} for step, metrics in reports[number]],
        }
        for number, trial in enumerate(found.trials)
    ]
    names = ("label", "origin", "scores", "mean", "confirmed", "aliases")
    board = [{name: getattr(sample, name) for name in names} for sample in found.leaderboard()]
    try:
        best: Any = found.best().model_dump(mode="json")
    except Exception as error:  # of a constraint that none keeps
        best = str(error)
    return {"trials": trials, "leaderboard": board, "best": best, "conclusion": found.conclusion}


def means(result: Any) -> dict[str, float]:
    """Every metric by its name; up to 0.1.0 a result had them in several places."""
    return dict(result.means() if hasattr(result, "means") else result.metrics)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
