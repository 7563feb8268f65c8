"""The tour of a newcomer (`make demo`): start the service, search, watch, pull the best network, train it."""

import json
import os
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parent.parent
SPEC = "examples/neuron_search_event_digits.yaml"


def main() -> None:
    started = time.monotonic()
    port = free_port(8000)
    url = f"http://127.0.0.1:{port}"
    os.environ.update(SEARCHSVC_URL=url, SEARCHSVC_PORT=str(port))
    show("searchsvc up &")
    log = (ROOT / "searchsvc-demo.log").open("w")
    service = subprocess.Popen([BIN / "searchsvc", "up"], cwd=ROOT, stdout=log, stderr=log)
    try:
        wait_until_ready(service)
        search = json.loads(run("searchsvc", "submit", SPEC, "--json", capture=True))["id"]
        print(f"\nThe page, live: {url}/searches/{search}\n", flush=True)
        run("searchsvc", "watch", search)
        run("searchsvc", "leaderboard", search)
        run("searchsvc", "best", search, "-o", "best.json")
        run("searchsvc", "train", "best.json")
    finally:
        service.terminate()
        service.wait()
    print(f"\nDone in {time.monotonic() - started:.0f} s. Look at it again: make serve")


def run(*command: str, capture: bool = False) -> str:
    """Run one command line of ours, shown as one would type it."""
    show(shlex.join(command))
    done = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE if capture else None
    )
    return done.stdout or ""


def show(command: str) -> None:
    print(f"\n$ {command}", flush=True)


def wait_until_ready(service: subprocess.Popen[bytes]) -> None:
    import httpx

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and service.poll() is None:
        try:
            if httpx.get(os.environ["SEARCHSVC_URL"] + "/readyz", trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit("the service did not start; see searchsvc-demo.log")


def free_port(preferred: int) -> int:
    for port in (preferred, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SystemExit("no free port on 127.0.0.1")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        raise SystemExit(error.returncode) from None
