"""A plugin that a test installs into a folder, and a Python that may run it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]


def install(site: Path, name: str, files: Mapping[str, str], package: str = "") -> None:
    """The plugin `name`, a package of these files, called as it is if not otherwise; every folder is a package."""
    package = package or name
    for path, text in files.items():
        file = site / package / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for folder in {parent for path in files for parent in (site / package / path).parents if site in parent.parents}:
        (folder / "__init__.py").touch()
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[searchsvc.plugins]\n{name} = {package}\n")


def python(site: Path, allowed: str, code: str, *arguments: str) -> str:
    """What the code prints where these plugins of the folder may run."""
    return run(site, allowed, "-c", code, *arguments)


def run(site: Path, allowed: str, *arguments: str) -> str:
    """What a Python with these arguments prints there."""
    environment = {**os.environ, "PYTHONPATH": f"{site}:{ROOT}", "SEARCHSVC_PLUGINS": allowed}
    command = [sys.executable, "-P", *arguments]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
