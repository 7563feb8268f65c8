"""The terminal's tables, as wide as it takes."""

import io
import time
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from searchsvc.cli import boards, display, tables
from searchsvc.client import Leaderboard, Row
from spaces.errors import UserError


def estimate(mean: float, std: float | None = None) -> dict[str, float | None]:
    return {"n": 3, "mean": mean, "std": std, "ci95": std}


def row(rank: int, label: str, overhead: float | None, violates: list[str], **metrics: Any) -> Row:
    accuracies = {"accuracy/validation": estimate(0.9, 0.01), "accuracy/test": estimate(0.8), "energy": estimate(5e-9)}
    return Row(rank, rank, label, "sweep", ["lnm", "lnm"], {**accuracies, **metrics}, violates, overhead)


def board(objective: str, *rows: Row) -> Leaderboard:
    return Leaderboard("succeeded", 3, objective, list(rows), 0.0, 1.0, None)


def shown(objective: str, *rows: Row, **how: Any) -> list[list[str]]:
    """Titles, and cells of each row."""
    table: Any = boards.table(board(objective, *rows), None, **how)
    table = getattr(table, "renderables", [table])[0]
    console = Console(width=300, file=io.StringIO())
    console.print(table)
    lines = console.file.getvalue().splitlines()[-len(rows) :]
    titles = [str(column.header).replace("\n", " ") for column in table.columns]
    return [titles, *([cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines)]


def test_what_only_some_searches_have_is_shown_where_it_is() -> None:
    compressed = {"compressed_accuracy/validation": estimate(0.85, 0.02)}
    titles, *lines = shown(
        "sops",
        row(1, "LNM degree 3", 0.031, [], **compressed, sops=estimate(1234.0)),
        row(2, "LIF", 0.0, [], sops=estimate(1200.0)),
        row(3, "LNM degree 5", 0.05, ["sops <= 1500"], sops=estimate(1600.0)),
    )
    assert titles[2] == "SOPs" and titles[-2:] == ["energy nJ", "energy against LIF"]
    assert lines[0][2] == "1234" and lines[0][-1] == "+3.1 %" and "85.0 ± 2.0" in lines[0]
    assert lines[1][2] == "1200" and lines[1][-1] == "+0.0 %"
    assert lines[2][1] == "LNM degree 5 (violates sops <= 1500)"


def test_a_search_without_them_has_no_such_columns() -> None:
    titles, line = shown("accuracy/validation", row(1, "searched", None, []))
    numbers = ["accuracy test %", "against the best points", "seeds", "energy nJ"]
    assert titles == ["", "candidate", "accuracy validation %", "neurons from the input", *numbers]
    assert line == ["1", "searched", "90.0 ± 1.0", "lnm lnm", "80.00", "3/3", "5"]


def test_a_candidate_is_shown_once_with_all_its_labels_and_all_its_seeds() -> None:
    one = replace(row(1, "all SLIF", None, []), aliases=["searched"])
    many = {**one.metrics, "accuracy/validation": {**one.metrics["accuracy/validation"], "n": 16}}
    _, *lines = shown("accuracy/validation", one, replace(row(2, "all LIF", None, []), metrics=many))
    assert [line[1] for line in lines] == ["all SLIF = searched", "all LIF"]
    assert [line[-2] for line in lines] == ["3/3", "16/16"]


def test_candidates_of_a_space_show_their_values_scores_and_predictions() -> None:
    scores = {"memory_capacity/validation": estimate(10.25, 0.5), "memory_capacity/test": estimate(9.75)}
    point = {"tau": {"family": "gamma", "mean": 5.0, "cv": 0.5}, "reach": 2.0}
    about = {"violates": [], "energy_overhead": None, "point": point}
    titles, *lines = shown(
        "memory_capacity/validation",
        Row(1, 1, "point 1", "model", [], scores, **about, prediction={"mean": 10.0, "sd": 0.75}),
        Row(2, 2, "point 2", "sobol", [], scores, **about),
    )
    assert titles[2:5] == ["memory capacity validation", "values", "memory capacity test"]
    assert titles[-1] == "predicted mean ± sd"
    values = "tau gamma (mean 5, cv 0.5), reach 2"
    assert lines[0] == ["1", "point 1", "10.25 ± 0.50", values, "9.75", "3/3", "10.00 ± 0.75"]
    assert lines[1] == ["2", "point 2", "10.25 ± 0.50", values, "9.75", "3/3"]


def test_energies_over_fresh_seeds_have_their_unit_and_their_digits() -> None:
    energies = {name: estimate(1.329e-8) for name in ("energy", "energy/confirmed")}
    others = [
        row(rank, f"LNM {rank}", None, [], energy=estimate(energy)) for rank, energy in ((2, 1.331e-8), (3, 1.334e-8))
    ]
    titles, *lines = shown("energy", row(1, "LNM 1", None, [], **energies), *others)
    assert titles[2:4] == ["energy nJ", "energy fresh seeds nJ"]
    assert [line[2] for line in lines] == ["13.29", "13.31", "13.34"] and lines[0][3] == "13.29"


def test_columns_are_chosen_by_their_keys() -> None:
    titles, line = shown("accuracy/validation", row(1, "searched", None, []), chosen="Seeds, energy,what")
    assert titles == ["", "candidate", "seeds", "energy nJ", "neurons from the input"]
    assert line == ["1", "searched", "3/3", "5", "lnm lnm"]
    with pytest.raises(UserError, match="columns: got 'sedes'; allowed are accuracy/validation, what, accuracy/test"):
        shown("accuracy/validation", row(1, "searched", None, []), chosen="sedes")


def test_the_least_important_columns_are_left_out_and_named() -> None:
    columns = [
        tables.Column("name", "name", lambda row: row, stays=True),
        *(tables.Column(key, key, lambda row: "12345", is_number=True) for key in ("aaaaa", "bbbbb", "ccccc")),
    ]
    console = Console(width=25, file=io.StringIO())
    console.print(tables.table(columns, tables.Rows(["one", "two"]), 24, ("ccccc", "aaaaa", "bbbbb")))
    assert console.file.getvalue().splitlines()[0].split() == ["name", "aaaaa", "ccccc"]
    assert "Left out at 24 columns: bbbbb; --columns bbbbb shows them." in " ".join(console.file.getvalue().split())


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
        replace(first, is_best=True),
        replace(others[0], p_first=0.5, is_similar=True, difference_first=-0.01),
        replace(others[1], p_first=0.01, is_similar=False, difference_first=-0.1),
        replace(others[2], difference_first=-0.2),
    ]
    _, *lines = shown("accuracy/validation", *tested)
    said = ["best", "≈ −1.00 (p = 0.5)", "≠ −10.00 (p = 0.01)", "−20.00 (cannot be tested with these seeds)"]
    assert [line[5] for line in lines] == said


def test_a_leaderboard_prints_what_terminal_and_page_show() -> None:
    one, two = (row(rank, f"LNM {rank}", 0.1 * rank, [], energy=estimate(5e-9 * rank)) for rank in (1, 2))
    printed = str(board("energy", one, two)).splitlines()
    titles = ["candidate", "energy", "energy", "neurons", "accuracy", "accuracy", "against", "the", "best", "seeds"]
    assert printed[0].split() == titles
    assert printed[2].split() == ["1", "LNM", "1", "5", "+10.0", "%", "lnm", "lnm", "90.0", "±", "1.0", "80.00", "3/3"]
