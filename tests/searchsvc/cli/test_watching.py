"""A search that is watched says how far it is and how long it still takes; the leaderboard's options are passed on."""

import io
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from searchsvc.cli import boards, commands, watching
from searchsvc.client import Event, Leaderboard
from spaces.errors import UserError
from tests.searchsvc.cli.made import BOARDS, status

KIND = "neuron_placement"


class Running:
    """A search of which three of nine trials have ended."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def status(self) -> dict[str, Any]:
        now = status(KIND)
        progress = {**now["progress"], "done": 3, "failed": 0, "pruned": 0, "seconds_left": 200.0}
        return {**now, "state": "running", "progress": progress}

    def leaderboard(self, limit: int = 1000, sort: str | None = None) -> Leaderboard:
        self.asked.append((limit, sort))
        return Leaderboard.of(BOARDS[KIND])

    def leaderboard_csv(self, sort: str | None = None) -> str:
        return f"rank,label\n1,by {sort}\n"

    def events(self) -> Iterator[Event]:
        yield Event(1, "trial_asked", {"trial": 4, "label": "all LIF"})
        yield Event(2, "report", {"trial": 0, "step": 1, "steps": 5, "metrics": {"accuracy/validation": 0.5}})
        yield Event(3, "trial_done", {"trial": 4, "tell": 3, "score": 0.9})


@pytest.fixture
def search(monkeypatch: pytest.MonkeyPatch) -> Running:
    found = Running()
    monkeypatch.setattr(boards, "Client", lambda url: SimpleNamespace(search=lambda search_id: found))
    return found


def test_a_terminal_has_a_bar_with_the_time_left_above_the_candidates(
    search: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "width", lambda: 80)
    view = watching._View(search)  # type: ignore[arg-type]
    console = Console(width=80, file=io.StringIO(), force_terminal=True, color_system=None)
    for event in search.events():
        view.told(event)
    console.print(view.look())
    trials, training, *table = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert trials.startswith("trials") and "3/9" in trials and "about 3 min 20 s left" in trials
    assert training.startswith("super network") and "1/5" in training
    assert any("all SLIF = searched" in line for line in table)


def test_what_is_no_terminal_has_a_line_a_trial_with_the_time_left(
    search: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = Console(width=200, file=io.StringIO())
    monkeypatch.setattr(watching, "console", console)
    watching.watch(search)  # type: ignore[arg-type]
    epoch, done = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert epoch == "trial   0, ?: epoch 1/5, 50.00 %"
    assert done == "trial   4, all LIF: done (3/9), validation accuracy 90.00 %, about 3 min 20 s left"


def test_a_leaderboard_is_sorted_by_the_service_and_printed_as_csv(search: Running) -> None:
    asked = CliRunner().invoke(commands.app, ["leaderboard", "ID", "--sort", "-energy"], catch_exceptions=False)
    assert "all SLIF = searched" in asked.stdout and search.asked == [(20, "-energy")]
    csv = CliRunner().invoke(commands.app, ["leaderboard", "ID", "--csv", "--sort", "energy"], catch_exceptions=False)
    assert csv.stdout == "rank,label\n1,by energy\n"


def test_only_one_form_at_a_time(search: Running) -> None:
    with pytest.raises(UserError, match="got several of --csv, --json, --all and --columns; give one"):
        CliRunner().invoke(commands.app, ["leaderboard", "ID", "--csv", "--all"], catch_exceptions=False)
