"""docker-compose.yml, read, and started as plain processes: its own commands and environment, addresses of here."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import yaml

from tests.e2e.service import free_port

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
SECRETS = {"POSTGRES_PASSWORD": "a-password", "RAY_AUTH_TOKEN": "f" * 64}
OWN_PORTS = ("--min-worker-port=0", "--max-worker-port=0")  # nodes on one machine must not share the default range
READY_SECONDS = 300.0


def load(**variables: str) -> dict[str, Any]:
    """The file with ``${NAME:-default}`` and ``${NAME:?reason}`` replaced.

    Raises:
        KeyError: a required variable is missing.
    """

    def value(found: re.Match[str]) -> str:
        name, kind, default = found.groups()
        return variables.get(name, default) if kind == ":-" else variables[name]

    text = re.sub(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}", value, FILE.read_text())
    found: dict[str, Any] = yaml.safe_load(text.replace("$$", "$"))
    return found


class Deployment:
    """Each process stands for a container: it leads a process group, which dies with it."""

    def __init__(self, folder: Path, database_url: str) -> None:
        ray, api = free_port(), free_port()
        self.folder, self.url = folder, f"http://127.0.0.1:{api}"
        self.temporary = tempfile.mkdtemp(prefix="ray-")  # short: sockets lie in it
        self.services = load(**SECRETS, RAY_WORKER_CPUS="1")["services"]
        self.addresses = {
            f"postgresql://searchsvc:{SECRETS['POSTGRES_PASSWORD']}@postgres/searchsvc": database_url,
            "ray-head:6379": f"127.0.0.1:{ray}",
            "--port=6379": f"--port={ray}",
            "127.0.0.1:8000": f"127.0.0.1:{api}",
            "0.0.0.0": "127.0.0.1",
            "/artifacts": str(folder / "artifacts"),
            "/tmp/runner-heartbeat": str(folder / "heartbeat"),
        }
        self.port = api
        self.running: list[subprocess.Popen[bytes]] = []

    def up(self, service: str) -> "subprocess.Popen[bytes]":
        """Start one; healthy if the file says how to know, else a node more in the cluster."""
        before = 0 if service in ("api", "ray-head") else self.nodes()
        with self._log(service).open("ab") as log:
            process = subprocess.Popen(
                self._command(self.services[service]["command"]),
                env=self._environment(service),
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        deadline = time.monotonic() + READY_SECONDS
        while not (self.healthy(service) if "healthcheck" in self.services[service] else self.nodes() > before):
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{service} is not ready: {self._log(service).read_text()[-4000:]}")
            time.sleep(0.2)
        return process

    def run(self, service: str, *command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """A command in the service's environment, as `docker compose run` does; none: its own."""
        words = list(command) or self._command(self.services[service]["command"])
        environment = {**self._environment(service), **variables}
        return subprocess.run(words, env=environment, cwd=self.folder, capture_output=True, text=True, timeout=120)

    def healthy(self, service: str, **variables: str) -> bool:
        kind, *words = self.services[service]["healthcheck"]["test"]
        command = ["sh", "-c", *words] if kind == "CMD-SHELL" else words
        return self.run(service, *self._command(command), **variables).returncode == 0

    def nodes(self) -> int:
        status = self.run("ray-head", *self._command(["ray", "status", "--address=ray-head:6379"])).stdout
        return len(re.findall(r"^ 1 node_", status.partition("Pending:")[0], re.MULTILINE))

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _command(self, words: list[str]) -> list[str]:
        here = [self._here(word) for word in words]
        if here[:2] == ["ray", "start"]:
            return [*here, *OWN_PORTS]
        return [word.replace("ray start ", f"ray start {' '.join(OWN_PORTS)} ") for word in here]

    def _environment(self, service: str) -> dict[str, str]:
        """What the file sets, and of ours what no setting is in."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("RAY_", "SEARCHSVC_"))}
        given = {k: self._here(str(v)) for k, v in self.services[service].get("environment", {}).items()}
        if "SEARCHSVC_PORT" in given:
            given["SEARCHSVC_PORT"] = str(self.port)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**kept, **given, "PATH": path, "RAY_TMPDIR": self.temporary}

    def _here(self, text: str) -> str:
        for there, here in self.addresses.items():
            text = text.replace(there, here)
        return text

    def _log(self, service: str) -> Path:
        return self.folder / f"{service}.log"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self.running:
            self.kill(process)
        shutil.rmtree(self.temporary, ignore_errors=True)


def trains(node: "subprocess.Popen[bytes]") -> bool:
    """Whether a trial's step runs on this node: workers are children of its raylet and carry the method's name."""
    with suppress(psutil.Error):
        children = psutil.Process(node.pid).children(recursive=True)
        return any("ray::TrialTrainable.train" in " ".join(child.cmdline()) for child in children)
    return False
