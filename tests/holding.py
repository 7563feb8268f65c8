"""What tests start, held until somebody interrupts: `test_keeper` runs this by its name, the suite does not."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.browser import CHROMIUM, browsed
from tests.e2e.service import Service

FILE, SECONDS = "HOLDING_FILE", 600.0  # where to say what is held, and how long


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[None]:
    """A mounted one, where that is allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "searchsvc-test", str(folder)]
    mounted = bool(shutil.which("mount")) and subprocess.run(command, capture_output=True).returncode == 0
    yield
    if mounted:
        subprocess.run(["umount", str(folder)], check=True)


def test_server(postgresql: str, disk: None) -> None:
    hold(postgresql)


def test_service(tmp_path: Path, postgresql: str, empty_postgresql: str) -> None:
    with Service(tmp_path, empty_postgresql) as service:
        while "raylet" not in {process.name() for process in service.family()}:
            time.sleep(0.1)
        if CHROMIUM is None:
            hold(postgresql)
        else:
            with browsed(service.url):
                hold(postgresql)


def test_next() -> None:
    """Run by the worker that replaces one which was killed."""
    hold()


def hold(postgresql: str = "") -> None:
    family = psutil.Process().children(recursive=True)
    for server in psutil.process_iter(["name", "cmdline"]):  # its parent is not the one who started it
        command = server.info["cmdline"] or ()  # None of one that has just ended
        if postgresql and server.info["name"] == "postgres" and postgresql.partition("host=")[2] in command:
            family += [server, *server.children()]
    said = {"pid": os.getpid(), "folder": os.environ["TMPDIR"], "family": [process.pid for process in family]}
    file = Path(os.environ[FILE])
    file.with_suffix(".new").write_text(json.dumps(said))
    file.with_suffix(".new").rename(file)
    time.sleep(SECONDS)
