"""docker/api.Dockerfile, carried out in a fresh virtual environment: what it installs is enough to serve."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.deployment.compose import ROOT
from tests.deployment.test_files import instructions
from tests.e2e.service import free_port

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of executables that the image would have."""
    folder = tmp_path_factory.mktemp("image")
    context, source = folder / "context", folder / "source"
    send_context(context)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    for instruction in instructions(ROOT / "docker/api.Dockerfile"):
        value = instruction["value"]
        if instruction["name"] == "COPY":
            *names, _ = value.split()
            for name in names:
                copy(context / name, source)
        elif value.startswith("pip "):
            command = [folder / "venv/bin/pip", *value.replace("--no-cache-dir", "").split()[1:]]
            done = subprocess.run(command, cwd=source, env=outside(), capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
    return folder / "venv/bin"


def send_context(context: Path) -> None:
    """What .dockerignore lets through."""
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line.startswith("!"):
            copy(ROOT / line[1:], context / line[1:] if (ROOT / line[1:]).is_dir() else context)


def copy(source: Path, target: Path) -> None:
    """As COPY does: a folder's content, or a file into a folder."""
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def outside(**variables: str) -> dict[str, str]:
    """An environment that does not reach this source tree."""
    return {**{k: v for k, v in os.environ.items() if k != "PYTHONPATH"}, **variables}


@pytest.fixture
def served(installed: Path, database_url: str, tmp_path: Path) -> Iterator[str]:
    port = free_port()
    environment = outside(SEARCHSVC_DATABASE_URL=database_url, SEARCHSVC_PORT=str(port))
    subprocess.run([installed / "searchsvc", "db", "upgrade"], env=environment, cwd=tmp_path, check=True)
    process = subprocess.Popen([installed / "python", "-m", "api"], env=environment, cwd=tmp_path)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait()


def test_the_images_packages_serve_without_torch_and_ray(installed: Path, served: str) -> None:
    client = httpx.Client(base_url=served, transport=httpx.HTTPTransport(retries=8))
    with client:
        assert client.get("/readyz").json()["status"] == "ready"
        assert "neuron_placement" in client.get("/v1/catalog").json()["kinds"]
        search = client.post("/v1/searches", json={"kind": "neuron_placement", "task": "digits"}).json()
        assert client.get(f"/v1/searches/{search['id']}/figures/best-so-far").is_success
        assert client.get("/").is_success and client.get("/docs").is_success
    found = subprocess.run([installed / "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True)
    names = {line.partition("==")[0].lower() for line in found.stdout.splitlines()}
    assert "searchsvc" in names and not {"torch", "ray", "scipy", "botorch", "numpy"} & names
