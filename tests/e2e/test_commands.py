"""The command line and the Python client against a running service."""

import json
import time
from pathlib import Path

import httpx
import pandas
import pytest
import yaml

from searchsvc import Client, UserError, build, load_weights
from tests.e2e.service import Service
from tests.specs import TINY


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("spec") / "tiny.yaml"
    file.write_text(yaml.safe_dump(TINY))
    return file


@pytest.fixture(scope="module")
def search(service: Service, spec: Path) -> str:
    """A search that was submitted and watched by the command line."""
    done = service.run("searchsvc", "submit", str(spec), "--watch")
    assert done.returncode == 0, done.stderr
    assert "succeeded" in done.stdout and "trial   0, super network: done" in done.stdout
    return done.stdout.split()[0]


def test_submit_prints_json_with_the_id_and_cancel_ends_the_search(service: Service, spec: Path) -> None:
    made = json.loads(service.run("searchsvc", "submit", str(spec), "--json").stdout)["id"]
    service.run("searchsvc", "cancel", made)
    watched = service.run("searchsvc", "watch", made, "--json")
    events = [json.loads(line) for line in watched.stdout.splitlines()]
    assert watched.returncode == 1 and events[-1]["kind"] == "cancelled"
    assert [event["number"] for event in events] == list(range(1, len(events) + 1))


def test_ls_leaderboard_and_best(service: Service, search: str, tmp_path: Path) -> None:
    assert search in service.run("searchsvc", "ls").stdout
    assert search in {s["id"] for s in json.loads(service.run("searchsvc", "ls", "--json").stdout)}
    shown = service.run("searchsvc", "leaderboard", search).stdout
    assert "all LIF" in shown and "The searched placement" in shown
    board = json.loads(service.run("searchsvc", "leaderboard", search, "--json").stdout)
    assert [row["rank"] for row in board["rows"]] == [1, 2, 3, 4]
    file = tmp_path / "best.json"
    weights = tmp_path / "best.safetensors"
    service.run("searchsvc", "best", search, "-o", str(file), "--weights", str(weights))
    best = json.loads(file.read_text())
    assert best["manifest"]["label"] == board["rows"][0]["label"]
    load_weights(build(best), weights)


def test_tasks_lists_them_and_shows_one_with_the_literature_apart(service: Service, search: str) -> None:
    listed = service.run("searchsvc", "tasks").stdout
    assert "digits" in listed and "dvs_gesture" in listed
    board = json.loads(service.run("searchsvc", "tasks", "digits", "--json").stdout)
    assert search in {row["search_id"] for row in board["rows"]} and board["published"] == []
    shown = service.run("searchsvc", "tasks", "digits").stdout
    assert board["rows"][0]["label"] in shown and "Published" not in shown
    ours, literature = service.run("searchsvc", "tasks", "cifar10").stdout.split("Published, not run here:")
    assert "No candidate" in ours and "95.92 %" in literature
    wrong = service.run("searchsvc", "tasks", "nonsense")
    assert wrong.returncode == 2 and "task: got 'nonsense'; known are" in wrong.stderr


def test_the_python_client_says_the_same(service: Service, search: str) -> None:
    found = Client(service.url).search(search).wait()
    board = found.leaderboard()
    assert board.state == "succeeded" and board.rows[0].label == found.best()["manifest"]["label"]
    frame = board.to_pandas()
    assert list(frame["rank"]) == [1, 2, 3, 4] and frame["accuracy/validation"].is_monotonic_decreasing
    assert {trial["state"] for trial in found.trials()} == {"done"}
    assert "lif" in Client(service.url).catalog()["neurons"]


def test_export_saves_every_trial_as_a_table(service: Service, search: str, tmp_path: Path) -> None:
    for format_, read in (("csv", pandas.read_csv), ("parquet", pandas.read_parquet)):
        file = tmp_path / f"trials.{format_}"
        done = service.run("searchsvc", "export", search, "--format", format_, "-o", str(file), "--json")
        assert json.loads(done.stdout) == {"path": str(file)}
        assert list(read(file)["number"]) == list(range(9))


def test_delete_ends_a_running_search_and_takes_it_away(service: Service, tmp_path: Path) -> None:
    spec = tmp_path / "long.json"
    spec.write_text(json.dumps({**TINY, "training": {"epochs": 1000}}))
    made = json.loads(service.run("searchsvc", "submit", str(spec), "--json").stdout)["id"]
    search = Client(service.url).search(made)
    for event in search.events():
        if event.kind == "report":
            break
    assert json.loads(service.run("searchsvc", "delete", made, "--json").stdout) == {"id": made, "deleted": False}
    while httpx.get(f"{service.url}/v1/searches/{made}").status_code != 404:  # until its runner has deleted it
        time.sleep(0.1)
    again = service.run("searchsvc", "delete", made)
    assert again.returncode == 2 and "does not exist" in again.stderr


def test_pause_and_resume_and_audit(service: Service, tmp_path: Path) -> None:
    spec = tmp_path / "long.json"
    spec.write_text(json.dumps({**TINY, "training": {"epochs": 60}}))  # enough for a command to come in time
    made = json.loads(service.run("searchsvc", "submit", str(spec), "--json").stdout)["id"]
    search = Client(service.url).search(made)
    events = search.events()
    for event in events:
        if event.kind == "report" and event.body["trial"] == 1 and event.body["step"] == 3:
            break
    assert service.run("searchsvc", "pause", made).returncode == 0
    for event in events:
        if event.kind == "paused":
            break
    assert search.status()["state"] == "paused" and search.status()["progress"]["running"] == 0
    assert service.run("searchsvc", "resume", made).stdout.strip() in ("queued", "running")
    search.wait()
    steps = [e.body["step"] for e in search.events() if e.kind == "report" and e.body["trial"] == 1]
    assert steps == list(range(1, 61))  # went on from its checkpoint
    audited = service.run("searchsvc", "audit", made)
    assert audited.returncode == 0 and audited.stdout.strip() == "9 suggestions made again, 0 differences"


def test_what_does_not_fit_here_waits_for_another_runner_and_says_why(service: Service) -> None:
    search = Client(service.url).submit({**TINY, "resources": {"cpus": 64}})
    reason = next(event.body["reason"] for event in search.events() if event.kind == "waiting")
    assert "got 64 cpus and 0 gpus for a trial; there are 2 cpus and 0 gpus in all" in reason
    assert search.status()["waiting"] == reason
    search.cancel()
    with pytest.raises(UserError, match="cancelled"):
        search.wait()


def test_the_client_explains_what_the_service_refuses(service: Service) -> None:
    client = Client(service.url)
    with pytest.raises(UserError, match=r"neurons\.0: got 'lfi'; allowed are"):
        client.submit({**TINY, "neurons": ["lfi", "lif"]})
    with pytest.raises(UserError, match="does not exist"):
        client.search("nonsense").status()


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["submit", "no-such-file.yaml"], "cannot be read"),
        (["submit", "{folder}/list.yaml"], "give a mapping"),
        (["submit", "{folder}/empty.yaml"], "give a mapping"),
        (["submit", "{folder}/broken.yaml"], "neither YAML nor JSON"),
        (["submit", "{folder}/wrong.yaml"], "budget.trials: got -1"),
        (["train", "{folder}/wrong.yaml"], "configuration: "),
        (["submit", "{folder}/date.yaml"], "give text, finite numbers"),
        (["watch", "../.."], "which no address can hold; give an id"),
        (["audit", "nonsense"], "does not exist; give an id"),
        (["ls", "--url", "http://[::1"], "give an address"),
        (["leaderboard", "nonsense"], "does not exist"),
        (["best", "01a1fc02-573c-7c2c-b0f8-42a7286dc718"], "does not exist"),
        (["watch", "nonsense"], "does not exist"),
        (["frobnicate"], "frobnicate"),
        (["leaderboard"], "ID"),
        (["ls", "--url", "http://127.0.0.1:9"], "start one with: searchsvc up"),
        (["ls", "--url", "nonsense"], "url"),
    ],
)
def test_a_wrong_command_is_one_line_and_status_2(
    service: Service, tmp_path: Path, command: list[str], expected: str
) -> None:
    (tmp_path / "list.yaml").write_text("[1, 2]")
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "broken.yaml").write_text("kind: [")
    (tmp_path / "wrong.yaml").write_text(yaml.safe_dump({**TINY, "budget": {"trials": -1}}))
    (tmp_path / "date.yaml").write_text("kind: neuron_placement\nname: 2026-11-21\n")
    done = service.run("searchsvc", *(part.format(folder=tmp_path) for part in command))
    assert done.returncode == 2, done
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1 and expected in done.stderr
    assert done.stdout == ""


def test_a_wrong_setting_is_one_line(service: Service) -> None:
    service.environment["SEARCHSVC_PORT"], before = "99999999", service.environment["SEARCHSVC_PORT"]
    done = service.run("searchsvc", "db", "upgrade")
    service.environment["SEARCHSVC_PORT"] = before
    assert done.returncode == 2 and "SEARCHSVC_PORT" in done.stderr.upper() and done.stderr.count("\n") == 1
