"""The terminal's leaderboard."""

import io
from typing import Any

from rich.console import Console

from searchsvc import display
from searchsvc.client import Leaderboard, Row


def estimate(mean: float, std: float | None = None) -> dict[str, float | None]:
    return {"n": 3, "mean": mean, "std": std, "ci95": None}


def row(rank: int, label: str, overhead: float | None, violates: list[str], **metrics: Any) -> Row:
    accuracies = {"accuracy/validation": estimate(0.9, 0.01), "accuracy/test": estimate(0.8), "energy": estimate(5e-9)}
    return Row(rank, rank, label, "sweep", ["lnm", "lnm"], {**accuracies, **metrics}, violates, overhead)


def shown(objective: str, *rows: Row) -> list[list[str]]:
    board = Leaderboard("succeeded", 3, objective, list(rows), 0.0, 1.0, None)
    console = Console(width=200, file=io.StringIO())
    console.print(display.leaderboard_table(board))
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
