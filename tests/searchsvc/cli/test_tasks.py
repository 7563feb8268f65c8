"""The terminal's view of a task."""

import io

from rich.console import Console

from searchsvc.cli import tasks as display_tasks
from tests.searchsvc.cli.test_display import estimate


def test_a_tasks_rows_say_their_search_confirmed_score_and_what_differs() -> None:
    metrics = {name: {**estimate(mean), "ci95": 0.01} for name, mean in (
        ("accuracy/validation", 0.9), ("accuracy/validation_confirmed", 0.88),
        ("accuracy/test", 0.89), ("accuracy/test_confirmed", 0.87),
    )}  # fmt: skip
    leader = {
        "rank": 1, "label": "all LIF", "aliases": ["searched"],
        "search_name": "[bold]mine", "search_id": "1", "network": "vgg",
        "kind": "neuron_placement", "confirmed": True, "metrics": metrics,
        "protocol": {"name": "digits", "split_seed": 4},
    }  # fmt: skip
    table = display_tasks.task_table(
        {"task": "digits", "metric": "accuracy/validation", "differs": ["split_seed"], "rows": [leader]}
    )
    console = Console(width=200, file=io.StringIO())
    console.print(table)
    *titles, line = console.file.getvalue().splitlines()
    assert titles[0].count("accuracy") == 2 and "fresh seeds %" in titles[1] and "validation %" in titles[1]
    assert [cell.strip() for cell in line.split("  ") if cell.strip()] == [
        "1", "all LIF = searched", "[bold]mine", "vgg",
        "88.0 ± 1.0", "90.0 ± 1.0", "3", "87.0 ± 1.0", "4",
    ]  # fmt: skip
