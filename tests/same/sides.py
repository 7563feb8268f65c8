"""A commit at work: its own files, kernels and service, in a folder of its own."""

import hashlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DRIVER = HERE / "driver.py"
BUILDS = ("spaces/compiled/build.py", "spaces/kernels/build.py")  # where releases have it


def commit(name: str) -> str:
    """The commit that a name stands for, in full."""
    return _git("rev-parse", "--verify", f"{name}^{{commit}}").decode().strip()


def of_commit(name: str, searches: dict[str, Any], cache: Path) -> dict[str, Any]:
    """What a commit finds; kept in `cache`, since it cannot change."""
    file = cache / f"{name[:12]}-{_circumstances(searches)}.json"
    if not file.exists():
        with TemporaryDirectory(prefix="searchsvc-same-") as folder:
            archive = _git("archive", name)
            subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
            found = of_folder(Path(folder), searches)
        cache.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(found))
        part.replace(file)
    said: dict[str, Any] = json.loads(file.read_text())
    return said


def of_folder(folder: Path, searches: dict[str, Any]) -> dict[str, Any]:
    """What the files in a folder find, with this environment's Python and libraries."""
    neurons = _built(folder)
    with TemporaryDirectory(prefix="searchsvc-same-") as working:
        wanted, target = Path(working, "searches.json"), Path(working, "found.json")
        wanted.write_text(json.dumps(searches))
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SEARCHSVC_")}
        environment["PYTHONPATH"] = str(folder)  # before what is installed
        command = [sys.executable, "-P", DRIVER, wanted, target]
        subprocess.run(command, cwd=working, env=environment, check=True)
        return {"neurons": neurons, **json.loads(target.read_text())}


def _built(folder: Path) -> str:
    """Whether neurons are compiled there, after trying to."""
    build = next(folder / place for place in BUILDS if (folder / place).exists())
    done = subprocess.run([sys.executable, "-P", build], capture_output=True)
    return "literal" if done.returncode else "compiled"


def _circumstances(searches: dict[str, Any]) -> str:
    """What else results depend on."""
    digest = hashlib.sha256(DRIVER.read_bytes() + json.dumps(searches, sort_keys=True).encode())
    digest.update(f"{platform.processor()} {sys.version} {torch.__version__}".encode())
    return digest.hexdigest()[:12]


def _git(*command: str) -> bytes:
    return subprocess.run(["git", "-C", ROOT, *command], check=True, stdout=subprocess.PIPE).stdout
