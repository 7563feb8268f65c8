"""`searchsvc up` where users start it: in folders with modules of their own, with odd settings; and where it cannot."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

import httpx
import psutil
import pytest

from searchsvc import Client, whose
from tests.e2e.service import BIN, Service, free_port
from tests.receiver import SECRET, Receiver, receiving
from tests.specs import TINY

OWN = ("api", "workers", "spaces", "searchsvc", "migrations", "ray", "torch")
SPEC = {**TINY, "seeds": 1, "confirm": 0, "budget": {"trials": 4}}


@pytest.fixture
def crowded(tmp_path: Path) -> Path:
    """A folder with modules of a user's own that have our names, and those of what we need."""
    folder = tmp_path / "crowded"
    for name in OWN:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("raise SystemExit('a user ran')")
        (folder / name / "__main__.py").write_text("raise SystemExit('a user ran')")
    for name in ("types", "pickle", "runner", "trainable"):
        (folder / f"{name}.py").write_text("raise SystemExit('a user ran')")
    return folder


@pytest.mark.parametrize("executor", ["process", "ray"])
def test_it_starts_anywhere_and_runs_a_search(tmp_path: Path, crowded: Path, executor: str) -> None:
    (long := tmp_path / ("x" * 80)).mkdir()
    (folder := tmp_path / "what? now %20").mkdir()
    variables = {
        "TMPDIR": str(long),
        "RAY_ADDRESS": "127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
        "SEARCHSVC_CPUS": "",
        "SEARCHSVC_ARTIFACTS": "",
    }
    with Service(folder, current=crowded, SEARCHSVC_EXECUTOR=executor, **variables) as service:
        status = httpx.get(f"{service.url}/v1/status", trust_env=False).json()
        assert status["runner"] == {"lives": True, "reason": None}
        assert status["runners"][0]["pid"] == service.child("workers").pid
        Client(service.url).submit(SPEC).wait()
        assert service.stop() == []
    assert "a user ran" not in service.log.read_text()
    assert (folder / "searchsvc.db").exists() and list((folder / "artifacts").iterdir())
    left = {path.name for path in crowded.iterdir()}
    assert left == {*OWN, "types.py", "pickle.py", "runner.py", "trainable.py"}
    assert [path for path in long.iterdir() if path.name.startswith("searchsvc-")] == []


def refused(tmp_path: Path, current: Path, **variables: str) -> str:
    """The one line by which `up` ends."""
    port = variables.pop("SEARCHSVC_PORT", str(free_port()))
    environment = {**os.environ, "SEARCHSVC_DATA": str(tmp_path / "data"), "SEARCHSVC_PORT": port, **variables}
    process = psutil.Popen(
        [BIN / "searchsvc", "up"],
        env=environment,
        cwd=current,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    _, said = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "Traceback" not in said
    return str(said).splitlines()[-1]


def test_it_ends_with_one_line_if_its_runner_does_not_come_up(tmp_path: Path) -> None:
    (long := tmp_path / ("x" * 80)).mkdir()
    line = refused(tmp_path, tmp_path, RAY_TMPDIR=str(long))
    assert line.startswith("error: the runner did not come up: it ended with status 2: ray cannot start: no folder for")
    assert "RAY_TMPDIR" in line


def test_it_ends_with_one_line_if_its_api_does_not_come_up(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    line = refused(tmp_path, tmp_path, SEARCHSVC_EXECUTOR="process", SEARCHSVC_HOST="240.0.0.1")
    assert line.startswith("error: cannot listen on 240.0.0.1:")


def test_a_users_module_that_comes_before_ours_is_named(tmp_path: Path, crowded: Path) -> None:
    for path in crowded.iterdir():
        if path.name != "api":
            (crowded / path.name).rename(tmp_path / path.name)
    line = refused(tmp_path, tmp_path, PYTHONPATH=str(crowded))
    assert line.startswith(f"error: searchsvc: 'api' is that of {crowded / 'api'}, which comes before ours")


@pytest.mark.parametrize("module", ["spaces/__init__.py", "spaces.py"])
@pytest.mark.parametrize("how", ["train.py", "-c", "-"])
def test_a_script_beside_a_users_own_spaces_gets_a_sentence(tmp_path: Path, module: str, how: str) -> None:
    code = "from searchsvc import build"
    (tmp_path / "train.py").write_text(code)
    (tmp_path / module).parent.mkdir(exist_ok=True)
    (tmp_path / module).touch()
    command = [sys.executable, how, *([code] if how == "-c" else [])]
    ran = subprocess.run(command, input=code, cwd=tmp_path, capture_output=True, text=True)
    place = tmp_path / module.removesuffix("/__init__.py")
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1].startswith(f"ImportError: searchsvc: 'spaces' is that of {place}, which comes")


def test_so_does_a_notebook_that_has_imported_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = ModuleType("spaces")
    monkeypatch.setitem(sys.modules, "spaces", made)
    with pytest.raises(ImportError, match=r"'spaces' is that of /.*memory, which"):
        whose.require("spaces")
    made.__spec__ = spec_from_file_location("spaces", "/home/me/spaces.py")
    with pytest.raises(ImportError, match=r"'spaces' is that of /home/me/spaces\.py, which"):
        whose.require("spaces")


def test_a_folder_of_data_called_spaces_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "spaces").mkdir()
    subprocess.run([sys.executable, "-c", "from searchsvc import build"], cwd=tmp_path, check=True)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def test_a_second_service_on_one_machine_is_one_command(service: Service, receiver: Receiver, tmp_path: Path) -> None:
    """It finds a port, has its data where its flag or the platform says, and tells both; its runner tells webhooks."""
    data = tmp_path / "home/searchsvc"
    given = {"XDG_DATA_HOME": str(data.parent), "SEARCHSVC_DATA": "", "SEARCHSVC_CPUS": "64"}
    given |= {"SEARCHSVC_WEBHOOK_SECRET": SECRET, "SEARCHSVC_WEBHOOK_HOSTS": "localhost"}
    log = tmp_path / "log"
    with log.open("w") as file:
        command = [BIN / "searchsvc", "up", "--port", "0", "--workers", "1"]
        second = subprocess.Popen(command, env=service.environment | given, cwd=tmp_path, stdout=file)
    try:
        there = Client(address(second, log))
        search = there.submit({**SPEC, "resources": {"cpus": 2}, "webhook": receiver.url})
        assert search.id not in {found["id"] for found in Client(service.url).searches()}
        assert [found["id"] for found in there.searches()] == [search.id]
        waiting = next(event.body["reason"] for event in search.events() if event.kind == "waiting")
        assert "there are 1 cpus" in waiting
        search.cancel()
        while not receiver.told:
            time.sleep(0.1)
        told = json.loads(receiver.told[0][1])["data"]
        assert (told["id"], told["state"]) == (search.id, "cancelled")
    finally:
        second.terminate()
        second.wait(120)
    assert f"made a new, empty database: sqlite:///{data}/searchsvc.db\ndata in {data}\n" in log.read_text()
    assert (data / "searchsvc.db").exists() and {path.name for path in tmp_path.iterdir()} == {"home", "log"}


def address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Of a service, once it has said so."""
    while not (found := re.search(r"^searchsvc on (\S+)/ ", log.read_text(), re.MULTILINE)):
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    return found[1]
