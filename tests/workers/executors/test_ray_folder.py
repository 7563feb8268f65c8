"""The folder of a Ray of our own holds its sockets, whatever temporary folder there is."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from spaces.errors import UserError
from workers.executors import ray_folder

LONGEST = len(ray_folder.SOCKET)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_TMPDIR", raising=False)


@pytest.fixture
def short() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="s", dir="/tmp") as folder:
        yield Path(folder)


def holds_sockets(folder: str) -> bool:
    place = Path(folder, ray_folder.SOCKET)
    place.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place))
    return True


@pytest.mark.parametrize("name", ["x" * 80, "what? now", "a b", "é", "run;2"])
def test_a_temporary_folder_that_does_not_do_gives_way_to_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    (folder := tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    made = ray_folder.make()
    try:
        assert Path(made).parent != folder and holds_sockets(made)
        assert Path(made).stat().st_mode & 0o777 == 0o700
        assert list(folder.iterdir()) == []
    finally:
        ray_folder.shutil.rmtree(made)


def test_a_short_one_is_used_and_so_is_ray_tmpdir(monkeypatch: pytest.MonkeyPatch, short: Path, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(short))
    assert Path(ray_folder.make()).parent == short
    (chosen := short / "c").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("RAY_TMPDIR", str(chosen))
    made = ray_folder.make()
    assert Path(made).parent == chosen and holds_sockets(made)


def test_a_ray_tmpdir_that_does_not_do_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (long := tmp_path / ("x" * 80)).mkdir()
    for place, reason in ((long, "AF_UNIX path too long"), (tmp_path / "none", "No such file")):
        monkeypatch.setenv("RAY_TMPDIR", str(place))
        with pytest.raises(UserError, match=f"tried {place} \\({reason}.*let RAY_TMPDIR name") as said:
            ray_folder.make()
        assert "\n" not in str(said.value)
    assert list(long.iterdir()) == []


def test_folders_of_killed_runners_go_and_no_others(monkeypatch: pytest.MonkeyPatch, short: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    names = [f"searchsvc-{ended.pid}-a", f"searchsvc-{os.getpid()}-b", "searchsvc-tests-c", "other"]
    for name in names:
        (short / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(short))
    ray_folder.make()
    assert {folder.name for folder in short.iterdir()} >= set(names[1:])
    assert not (short / names[0]).exists()


def test_rays_part_of_a_path_is_as_long_as_is_thought() -> None:
    from ray._private import node

    source = Path(node.__file__).read_text()
    assert 'f"session_{date_str}_{os.getpid()}"' in source and '"%Y-%m-%d_%H-%M-%S_%f"' in source
    assert len("session_") + 26 + len("_4194304") + len("/sockets/plasma_store") == LONGEST
