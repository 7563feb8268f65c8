"""Flags of `searchsvc up` and of the commands that read its database."""

import os
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from searchsvc.cli import commands
from searchsvc.service.settings import Settings, settings

FLAGS = {
    "host": ("127.0.0.2", "127.0.0.2"),
    "port": ("0", 0),
    "data": ("run", Path("run")),
    "database_url": ("sqlite:////x.db", "sqlite:////x.db"),
    "cpus": ("3", 3),
}
NAMES = {"database_url": "database", "cpus": "workers"}
OTHER = {"host": "127.0.0.3", "port": "1", "data": "other", "database_url": "sqlite:////y.db", "cpus": "5"}


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in OTHER.items():
        monkeypatch.setenv(f"SEARCHSVC_{name.upper()}", value)
    settings.cache_clear()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings with which services would have been started."""
    found: list[Settings] = []
    monkeypatch.setattr("searchsvc.service.up.up", lambda chosen, say: found.append(chosen))
    return found


def run(*arguments: str) -> Any:
    return CliRunner().invoke(commands.app, arguments, catch_exceptions=False)


@pytest.mark.parametrize("name", FLAGS)
def test_a_flag_wins_over_its_variable_and_others_keep_theirs(
    started: list[Settings], tmp_path: Path, name: str
) -> None:
    before = Settings()
    given, expected = FLAGS[name]
    assert run("up", f"--{NAMES.get(name, name)}", given).exit_code == 0
    expected = tmp_path / expected if isinstance(expected, Path) else expected
    assert started == [before.model_copy(update={name: expected})] and expected != getattr(before, name)
    assert os.environ[f"SEARCHSVC_{name.upper()}"] == given  # for its children


@pytest.mark.parametrize("wrong", [["--port", "99999"], ["--port", "x"], ["--workers", "0"]])
def test_a_flag_that_is_wrong_is_named(started: list[Settings], wrong: list[str]) -> None:
    done = run("up", *wrong)
    assert done.exit_code == 2 and wrong[0] in done.output and not started


@pytest.mark.parametrize("command", [["upgrade"], ["backup"], ["check"]])
def test_commands_on_the_database_find_it_by_the_same_flags(tmp_path: Path, command: list[str]) -> None:
    assert run("db", "upgrade", "--data", "run", "--database", "").exit_code == 0
    assert (tmp_path / "run/searchsvc.db").exists()
    assert run("db", *command, "--data", "run", "--database", "").exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("command", [[], ["db"]])
def test_without_a_command_it_is_help_and_no_error(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.app(command, standalone_mode=False) == 0
    said = capsys.readouterr()
    assert "Usage: searchsvc" in said.out.replace("root", "searchsvc") or "Usage:" in said.out
    assert said.err == "" and "upgrade" in said.out if command else "leaderboard" in said.out


def test_every_default_that_help_names_is_shown() -> None:
    """What stands in brackets in a help text is taken for markup."""
    group = typer.main.get_command(commands.app)
    pending = [group]
    while pending:
        command = pending.pop()
        pending += getattr(command, "commands", {}).values()
        assert all("[" not in (getattr(parameter, "help", None) or "") for parameter in command.params)
    assert "SEARCHSVC_URL or http://127.0.0.1:8000" in " ".join(run("pause", "--help").output.split())
