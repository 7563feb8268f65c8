"""A task of a plugin whose score is an error: everywhere the least of it is the best."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests import plugin

LAB = Path(__file__).parent / "lab"
ERROR = "error/validation"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the plugin is installed."""
    folder = tmp_path_factory.mktemp("site")
    plugin.install(folder, "lab", {str(file.relative_to(LAB)): file.read_text() for file in LAB.rglob("*.py")})
    return folder


@pytest.fixture(scope="module")
def found(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What `minimised` found."""
    folder = str(tmp_path_factory.mktemp("data"))
    return json.loads(plugin.run(site, "lab", "-m", "tests.searchsvc.metrics.minimised", folder).splitlines()[-1])


def test_its_data_keep_the_contract_of_tasks(site: Path) -> None:
    check = str(LAB / "check_echo.py")
    said = plugin.run(site, "lab", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--noconftest", check)
    assert "passed" in said and "failed" not in said


def errors(rows: list[dict[str, Any]]) -> list[float]:
    return [row["metrics"][ERROR]["mean"] for row in rows]


def test_it_is_what_ranks_and_only_its_validation_may(found: dict[str, Any]) -> None:
    assert found["search"]["spec"]["objective"] == {"metric": ERROR}
    assert "allowed are accuracy/validation, " in found["refused"] and ERROR in found["refused"]


def test_the_leaderboard_has_the_least_error_first_and_who_violates_a_constraint_behind(found: dict[str, Any]) -> None:
    rows = found["board"]["rows"]
    kept = [row for row in rows if not row["violates"]]
    assert rows[: len(kept)] == kept and 1 < len(kept) < len(rows)
    assert errors(kept) == sorted(errors(kept)) and len(set(errors(kept))) > 1
    assert [row["is_best"] for row in rows] == [row is kept[0] for row in rows]
    assert found["best"]["manifest"]["label"] == kept[0]["label"]
    for row in rows:
        broken = [("error/validation <= 0.49", row["metrics"][ERROR]["mean"] > 0.49)]
        broken += [("parameters <= 170", row["metrics"]["parameters"]["mean"] > 170)]
        assert row["violates"] == [name for name, is_broken in broken if is_broken]


def test_sorted_by_it_best_or_worst_first(found: dict[str, Any]) -> None:
    best, worst = (
        [row for row in rows if not row["violates"]] for rows in (found["sorted"][ERROR], found["sorted"][f"-{ERROR}"])
    )
    assert errors(best) == sorted(errors(best)) and errors(worst) == sorted(errors(worst), reverse=True)


def test_the_verdict_confirms_the_least_and_says_so_in_its_unit(found: dict[str, Any]) -> None:
    verdict, rows = found["search"]["conclusion"], found["board"]["rows"]
    assert verdict["winner"] == rows[0]["label"] and verdict["mean"] == pytest.approx(errors(rows)[0])
    assert verdict["sentence"].startswith(f"The winner is {rows[0]['label']} ({1e3 * errors(rows)[0]:.4g} mV")
    confirmed = {row["label"] for row in rows if f"{ERROR}_confirmed" in row["metrics"]}
    assert {row["label"] for row in rows[:2]} <= confirmed and len(confirmed) <= 3  # and the baseline
    leaders = verdict["leaders"]
    for label, difference in leaders["difference"].items():
        assert difference >= 0 or leaders["p"][label] >= 0.5  # less is better: who is ahead may be the best


def test_the_front_is_what_nobody_beats_in_both(found: dict[str, Any]) -> None:
    kept = [row for row in found["board"]["rows"] if not row["violates"]]
    values = {row["label"]: (row["metrics"][ERROR]["mean"], row["metrics"]["parameters"]["mean"]) for row in kept}
    front = [
        label
        for label, own in values.items()
        if not any(a <= own[0] and b <= own[1] and (a, b) != own for a, b in values.values())
    ]
    assert {one["label"] for one in found["search"]["conclusion"]["front"]} == set(front)


def test_the_surrogate_looks_for_less_and_predicts_it_in_its_own_sign(found: dict[str, Any]) -> None:
    predicted = [row["prediction"] for row in found["board"]["rows"] if row["prediction"]]
    assert predicted and all(one["mean"] > -0.2 for one in predicted)
    assert found["audit"][1] == [] and found["check"] == []


def test_asha_ends_the_larger_ones(found: dict[str, Any]) -> None:
    assert found["asha"] == ["continue", "stop", "continue"]


def test_a_search_in_one_process_finds_the_same(found: dict[str, Any]) -> None:
    board = {row["label"]: row["metrics"][ERROR]["mean"] for row in found["board"]["rows"]}
    even = ("as given", "point 1", "point 2", "point 3")  # the surrogate's are asked for while others run
    assert {label: found["local"]["means"][label] for label in even} == {label: board[label] for label in even}
    assert found["local"]["conclusion"]["mean"] == min(found["local"]["kept"])
    assert found["local"]["said"].startswith("validation error ") and found["local"]["said"].count(" mV") == 2


def test_pictures_go_down(found: dict[str, Any]) -> None:
    drawn = found["figures"]
    best = next(trace for trace in drawn["best-so-far"]["data"] if trace.get("name") == "best mean over all seeds")
    assert best["y"] == sorted(best["y"], reverse=True)
    assert drawn["best-so-far"]["layout"]["yaxis"]["title"]["text"] == "validation recall error (mV)"
    front = next(trace for trace in drawn["pareto"]["data"] if "front" in str(trace.get("name")))
    least = {one["label"] for one in found["search"]["conclusion"]["front"]}
    assert {text.partition("<br>")[0] for text in front["text"]} == least
    areas = drawn["hypervolume"]["data"][0]["y"]
    assert areas == sorted(areas) and areas[-1] > 0
    means = {row["label"]: row["metrics"][ERROR]["mean"] for row in found["board"]["rows"]}
    *others, thick = [trace["text"] for trace in drawn["parallel"]["data"]]
    assert set(thick) == {found["board"]["rows"][0]["label"]}
    blues = [max(means[label] for label in texts) for texts in others]  # the better the later
    assert len(blues) > 1 and blues == sorted(blues, reverse=True)


def close(word: str, number: float) -> bool:
    """Whether it is this number, to some digits."""
    return word.replace(".", "").isdigit() and float(word) == pytest.approx(number, rel=1e-2)


def test_pages_command_line_client_and_files_have_its_column(found: dict[str, Any]) -> None:
    assert "recall error" in found["page"] and "mV" in found["page"]
    assert found["columns"][:2] == ["", "candidate"] and "recall error\nvalidation mV" in found["columns"]
    first = found["board"]["rows"][0]
    (line,) = [line for line in found["client"].splitlines() if line.lstrip().startswith("1 ")]
    assert any(close(word, 1e3 * errors([first])[0]) for word in line.split())
    assert f"{ERROR}/ci95" in found["csv"].splitlines()[0]
    trial = found["trials"]["trials"][0]
    assert {m["metric"]: (m["split"], m["direction"]) for m in trial["metrics"]}["error"][1] == "min"
    assert trial["score"] == next(m["value"] for m in trial["metrics"] if m["split"] == "validation")


def test_the_task_has_its_best_in_front(found: dict[str, Any]) -> None:
    rows = found["task"]["rows"]
    means = [row["metrics"][f"{ERROR}_confirmed"]["mean"] for row in rows if row["confirmed"]]
    assert found["task"]["metric"] == ERROR and means == sorted(means) and len(means) > 1
