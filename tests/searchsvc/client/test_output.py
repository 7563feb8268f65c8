"""What a command writes is whole under its name, or not there, and what was there before stays."""

import os
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from searchsvc.cli import commands as cli
from searchsvc.client import Client
from searchsvc.client.output import whole
from searchsvc.client.verbs import Pause
from spaces.errors import UserError
from tests.searchsvc.client.test_client import Answer, server

REFUSED: Answer = (404, "application/problem+json", b'{"detail": "search: got id 7, which does not exist"}')
PATH = "/v1/searches/7"


def test_a_file_is_there_when_the_block_has_ended_well(tmp_path: Path) -> None:
    file = tmp_path / "best.json"
    with whole(file) as part:
        part.write_text("new")
        assert not file.exists() and part.suffix == ".json"
    assert [(f.name, f.read_text()) for f in tmp_path.iterdir()] == [("best.json", "new")]


@pytest.mark.parametrize("error", [UserError("refused"), KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_else_what_was_there_stays_and_nothing_more(tmp_path: Path, error: BaseException) -> None:
    file, new = tmp_path / "kept.csv", tmp_path / "new.csv"
    file.write_text("earlier")
    for each in (file, new):
        with pytest.raises((type(error), UserError)) as caught, whole(each) as part:
            part.write_text("half")
            raise error
        assert "No space" not in str(error) or "output: cannot write" in str(caught.value)
    assert [(f.name, f.read_text()) for f in tmp_path.iterdir()] == [("kept.csv", "earlier")]


def test_links_stay_links_and_permissions_stay(tmp_path: Path) -> None:
    file, link = tmp_path / "file.csv", tmp_path / "link.csv"
    file.touch(mode=0o640)
    link.symlink_to(file)
    with whole(link) as part:
        part.write_text("new")
    assert link.is_symlink() and file.read_text() == "new" and file.stat().st_mode & 0o777 == 0o640


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    with whole(pipe) as part:
        part.write_text("new")
    reader.join(30)
    assert read == ["new"] and pipe.is_fifo()


def test_what_cannot_be_written_is_refused_before_any_work(tmp_path: Path) -> None:
    for file in (tmp_path, tmp_path / "none" / "x.csv", tmp_path / ("x" * 300)):
        with pytest.raises(UserError, match="output: cannot write"), whole(file):
            pytest.fail("began")
    assert list(tmp_path.iterdir()) == []


COMMANDS = [
    ["export", "7", "-o", "made.csv"],
    ["export", "7", "-o", "made.parquet"],
    ["best", "7", "-o", "made.json"],
    ["best", "7", "-o", "made.json", "--weights", "made.safetensors"],
    ["plot", "7", "alpha", "-o", "made.html"],
    ["train", "given.json", "-o", "made.safetensors"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_that_is_refused_leaves_no_file(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answers = {f"{PATH}{rest}": [REFUSED] for rest in ("/trials", "/best", "/figures/alpha")}
    (tmp_path / "given.json").write_text('{"task": "nothing"}')
    with server(answers) as url:
        options = [] if command[0] == "train" else ["--url", url]
        with pytest.raises(UserError):
            CliRunner().invoke(cli.app, [*command, *options], catch_exceptions=False)
    assert [file.name for file in tmp_path.iterdir()] == ["given.json"]


def test_a_download_that_breaks_off_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("searchsvc.client.service.pause", lambda failures: Pause(0))
    with server({f"{PATH}/trials": [(0, "", b"")]}) as url, pytest.raises(UserError, match="no service"):
        Client(url).search("7").export(tmp_path / "made.csv")
    assert list(tmp_path.iterdir()) == []


def test_ids_that_are_no_text_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with server({"/v1/searches/%3F": [REFUSED]}) as url, pytest.raises(UserError, match="does not exist"):
        CliRunner().invoke(cli.app, ["watch", "\udcff", "--url", url], catch_exceptions=False)
