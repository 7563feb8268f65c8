"""The terminal's leaderboard."""

import io
import time
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from searchsvc.cli import display
from searchsvc.client import Leaderboard, Row


def estimate(mean: float, std: float | None = None) -> dict[str, float | None]:
    return {"n": 3, "mean": mean, "std": std, "ci95": None}


def row(rank: int, label: str, overhead: float | None, violates: list[str], **metrics: Any) -> Row:
    accuracies = {"accuracy/validation": estimate(0.9, 0.01), "accuracy/test": estimate(0.8), "energy": estimate(5e-9)}
    return Row(rank, rank, label, "sweep", ["lnm", "lnm"], {**accuracies, **metrics}, violates, overhead)


def shown(objective: str, *rows: Row) -> list[list[str]]:
    board = Leaderboard("succeeded", 3, objective, list(rows), 0.0, 1.0, None)
    console = Console(width=200, file=io.StringIO())
    console.print(display.leaderboard_table(board, width=200))
    return [
        [cell.strip() for cell in line.split("  ") if cell.strip()] for line in console.file.getvalue().splitlines()
    ]


def test_what_only_some_searches_have_is_shown_where_it_is() -> None:
    compressed = {"compressed_accuracy/validation": estimate(0.85, 0.02)}
    lines = shown(
        "sops",
        row(1, "LNM degree 3", 0.031, [], **compressed, sops=estimate(1234.0)),
        row(2, "LIF", 0.0, [], sops=estimate(1200.0)),
        row(3, "LNM degree 5", 0.05, ["sops <= 1500"], sops=estimate(1600.0)),
    )
    assert lines[0][-4:] == ["energy nJ", "against LIF", "compressed %", "sops"]
    assert lines[1][-3:] == ["+3.1 %", "85.00 ± 2.00", "1234"]
    assert lines[2][-2:] == ["+0.0 %", "1200"]
    assert lines[3][1] == "LNM degree 5 (violates sops <= 1500)"


def test_a_search_without_them_has_no_such_columns() -> None:
    lines = shown("accuracy/validation", row(1, "searched", None, []))
    assert lines[0][-4:] == ["validation %", "test %", "seeds", "energy nJ"]
    assert lines[1][-4:] == ["90.00 ± 1.00", "80.00", "3/3", "5"]


def test_a_candidate_is_shown_once_with_all_its_labels_and_all_its_seeds() -> None:
    one = replace(row(1, "all SLIF", None, []), aliases=["searched"])
    many = {**one.metrics, "accuracy/validation": {**one.metrics["accuracy/validation"], "n": 16}}
    lines = shown("accuracy/validation", one, replace(row(2, "all LIF", None, []), metrics=many))
    assert [line[1] for line in lines[1:]] == ["all SLIF = searched", "all LIF"]
    assert [line[-2] for line in lines[1:]] == ["3/3", "16/16"]


def test_candidates_of_a_space_show_their_values_scores_and_predictions() -> None:
    scores = {"memory_capacity/validation": estimate(10.25, 0.5), "memory_capacity/test": estimate(9.75)}
    point = {"tau": {"family": "gamma", "mean": 5.0, "cv": 0.5}, "reach": 2.0}
    about = {"violates": [], "energy_overhead": None, "point": point}
    lines = shown(
        "memory_capacity/validation",
        Row(1, 1, "point 1", "model", [], scores, **about, prediction={"mean": 10.0, "sd": 0.75}),
        Row(2, 2, "point 2", "sobol", [], scores, **about),
    )
    assert lines[0] == ["candidate", "values", "memory_capacity", "test", "seeds", "predicted"]
    values = "tau gamma (mean 5, cv 0.5), reach 2"
    assert lines[1] == ["1", "point 1", values, "10.25 ± 0.5", "9.75", "3/3", "10 ± 0.75"]
    assert lines[2] == ["2", "point 2", values, "10.25 ± 0.5", "9.75", "3/3"]


def test_searches_are_listed_with_date_and_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    progress = {"done": 1, "pruned": 0, "failed": 1, "total": 9}
    made = {"id": "a", "state": "running", "progress": progress, "name": "", "kind": "neuron_placement"}
    made |= {"queue_place": None}
    console = Console(width=200, file=io.StringIO())
    console.print(display.searches_table([{**made, "task": "digits", "created": "2026-11-30T22:15:09.5Z"}]))
    monkeypatch.undo()
    time.tzset()
    line = console.file.getvalue().splitlines()[1]
    assert "2/9" in line and "2026-12-01 03:45 IST" in line and "neuron placement on digits" in line


def test_leaders_say_whether_they_differ_from_the_best_and_where_no_test_can() -> None:
    first, *others = [row(rank, f"LNM degree {rank}", None, []) for rank in range(1, 5)]
    tested = [
        replace(others[0], p_first=0.5, is_similar=True, difference_first=-0.01),
        replace(others[1], p_first=0.01, is_similar=False, difference_first=-0.1),
        replace(others[2], difference_first=-0.2),
    ]
    lines = shown("accuracy/validation", first, *tested)
    column = lines[0].index("against best")
    assert [line[column + 1] for line in lines[2:]] == ["≈ p = 0.5", "≠ p = 0.01", "cannot be tested with these seeds"]
    assert "against best" not in shown("accuracy/validation", first)[0]


def test_a_narrow_terminal_shows_who_it_is_and_names_what_it_leaves_out() -> None:
    board = Leaderboard("succeeded", 3, "accuracy/validation", [row(1, "all SLIF", 0.1, [])], 0.0, 1.0, None)
    console = Console(width=60, file=io.StringIO())
    console.print(display.leaderboard_table(board, width=60))
    first, best, *rest = console.file.getvalue().splitlines()
    assert first.split() == ["candidate", "neurons", "by", "layer", "validation", "%", "test", "%"]
    assert best.split() == ["1", "all", "SLIF", "lnm", "lnm", "90.00", "±", "1.00", "80.00"]
    assert "Too narrow for: seeds, energy nJ, against LIF." in " ".join(" ".join(rest).split())
