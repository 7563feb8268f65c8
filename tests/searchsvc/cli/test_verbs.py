"""Verbs of a service, as typed: what each prints for people and for scripts."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi.testclient import TestClient

from searchsvc import files
from searchsvc.cli import commands
from spaces.errors import ConflictError, NotFoundError, UserError
from tests.searchsvc.cli.conftest import Typed
from tests.specs import TINY, TINY_HETEROGENEITY


def every(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    for each, inner in getattr(command, "commands", {}).items():
        yield from every(inner, f"{name} {each}".strip())
    if not hasattr(command, "commands"):
        yield name, command


def test_every_command_but_up_takes_json() -> None:
    found = dict(every(typer.main.get_command(commands.app)))
    assert {"presets", "show", "trials", "logs", "compare", "db check"} <= found.keys()
    without = [name for name, command in found.items() if not any("--json" in p.opts for p in command.params)]
    assert without == ["up"]


def test_presets_for_scripts(typed: Typed) -> None:
    rows = json.loads(typed("presets", "--json"))
    assert {"name", "placement"} <= rows[0].keys()
    assert json.loads(typed("presets", rows[0]["name"], "--json"))["neurons"]


@pytest.mark.parametrize("write", [json.dumps, files.to_yaml])
def test_a_specification_from_standard_input(typed: Typed, write: Any) -> None:
    made = json.loads(typed("submit", "-", "--json", given=write({**TINY, "name": "piped"})))
    assert json.loads(typed("show", made["id"], "--json"))["name"] == "piped"
    with pytest.raises(UserError, match="file: got standard input with list; give a mapping"):
        typed("submit", "-", given="[1]")


def test_show(typed: Typed, search: str) -> None:
    said = typed("show", search)
    assert re.search(r"^name +First Light$", said, re.M) and re.search(r"^state +succeeded$", said, re.M)
    assert "9 done of 9" in said and "verdict" in said
    assert files.from_yaml(typed("show", search, "--spec")) == json.loads(typed("show", search, "--spec", "--json"))


def test_trials(typed: Typed, search: str) -> None:
    lines = typed("trials", search).splitlines()
    assert len(lines) == 2 + 9 and "all LIF" in lines[3]
    assert "accuracy" in lines[0] and "validation %" in lines[1] and "nan" not in lines[3]
    assert [trial["number"] for trial in json.loads(typed("trials", search, "--json"))] == list(range(9))
    assert json.loads(typed("trials", search, "--json", "--state", "failed")) == []


def test_logs(typed: Typed, search: str) -> None:
    lines = typed("logs", search).splitlines()
    events = [json.loads(line) for line in typed("logs", search, "--json").splitlines()]
    assert len(lines) == len(events) == json.loads(typed("show", search, "--json"))["events"]
    assert "submitted" in lines[0] and "succeeded" in lines[-1]
    only = [json.loads(line) for line in typed("logs", search, "--json", "--trial", "2").splitlines()]
    assert only == [event for event in events if event["body"].get("trial") == 2] != []


def test_logs_of_what_goes_on_end_where_it_stands(typed: Typed, service: TestClient) -> None:
    made = service.post("/v1/searches", json={**TINY, "name": "later"}).json()["id"]
    service.post(f"/v1/searches/{made}/cancel")
    assert len(typed("logs", made).splitlines()) == 2


def test_compare_by_names(typed: Typed, search: str) -> None:
    said = typed("compare", "first light:all LIF", f"{search}:all slif")
    assert "A: all LIF" in said and "B - A" in said and "neurons.0.beta" in said
    assert "energy nJ" in said and not re.search(r"\de-\d", said)  # each in its unit
    found = json.loads(typed("compare", "--json", f"{search}:all LIF", f"{search}:1"))
    assert len(found["candidates"]) == 2
    with pytest.raises(NotFoundError, match=r"got 'all LFI'; give the label or number .*did you mean 'all LIF'\?"):
        typed("compare", f"{search}:all LFI", f"{search}:1")


def test_best_of_a_name(typed: Typed, search: str, tmp_path: Path) -> None:
    rows = json.loads(typed("leaderboard", search, "--json"))["rows"]
    last = rows[-1]
    found = json.loads(typed("best", search, "--candidate", last["label"].upper()))
    assert found["manifest"]["label"] == last["label"]
    assert found == json.loads(typed("best", search, "--candidate", str(last["candidate"])))
    first = json.loads(typed("best", search))
    named = json.loads(typed("best", search, "--candidate", rows[0]["label"]))
    assert first["manifest"].pop("rank") == 1 and first == named
    weights = tmp_path / "last.safetensors"
    typed("best", search, "--candidate", last["label"], "-o", str(tmp_path / "last.json"), "--weights", str(weights))
    assert weights.stat().st_size
    with pytest.raises(NotFoundError, match="candidate: got 'nobody'"):
        typed("best", search, "--candidate", "nobody")


def test_a_search_is_found_by_the_beginning_of_its_id_and_by_its_name(
    typed: Typed, service: TestClient, search: str
) -> None:
    whole = typed("show", search, "--json")
    for said in (search[:-3], search.replace("-", "")[:20].upper(), "first light", "FIRST LIGHT"):
        assert json.loads(typed("show", said, "--json"))["id"] == search
        assert json.loads(typed("trials", said, "--json"))
    assert json.loads(whole)["id"] == search
    twins = [service.post("/v1/searches", json={**TINY, "name": "twin"}).json()["id"] for _ in range(2)]
    with pytest.raises(ConflictError, match="got 'twin', which several are") as caught:
        typed("cancel", "twin")
    assert all(f"{twin} (twin, queued)" in str(caught.value) for twin in twins)
    with pytest.raises(ConflictError, match="which several are"):
        typed("show", "0")
    for strange in ("nobody", "%", "_", "g" * 40, "f" * 40):
        with pytest.raises(NotFoundError, match="does not exist"):
            typed("show", strange)


def test_ls_by_state_kind_and_name_in_pages(typed: Typed, service: TestClient, search: str) -> None:
    made = [service.post("/v1/searches", json={**TINY, "name": f"many {n}"}).json()["id"] for n in range(4)]
    service.post(f"/v1/searches/{made[0]}/cancel")

    def ids(*words: str) -> list[str]:
        return [each["id"] for each in json.loads(typed("ls", "--json", *words))]

    assert ids("--name", "MANY") == made[::-1]
    assert ids("--name", "many", "--state", "cancelled") == made[:1]
    assert ids("--name", "many", "--kind", "heterogeneity") == []
    assert ids("--name", "many", "--limit", "2") == made[:1:-1]
    assert search in ids("--all")
    said = typed("ls", "--name", "many", "--limit", "3")
    assert "These are the newest 3; --all shows every one." in said and "many 0" not in said
    assert "newest" not in typed("ls", "--name", "many", "--limit", "4")


def test_more_than_a_page(typed: Typed, service: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("searchsvc.client.service.PAGE", 2)
    total = service.get("/v1/searches", params={"limit": 200}).json()["searches"]
    assert [each["id"] for each in json.loads(typed("ls", "--all", "--json"))] == [each["id"] for each in total]


def test_a_dry_run_says_what_is_known_and_what_is_not(typed: Typed, service: TestClient, search: str) -> None:
    before = service.get("/v1/searches").json()
    spec = {**TINY, "budget": {"trials": 11}, "training": {"epochs": 4}, "confirm": 1}
    found = json.loads(typed("submit", "-", "--dry-run", "--json", given=json.dumps(spec)))
    every = [service.get(f"/v1/searches/{each['id']}/trials").json()["trials"] for each in before["searches"]]
    done = [trial for one in every for trial in one if trial["state"] == "done" and trial["number"]]
    took = [datetime.fromisoformat(t["finished"]) - datetime.fromisoformat(t["started"]) for t in done]
    mean = sum(each.total_seconds() for each in took) / len(took)
    assert found["trials"] == 9 and found["confirming"] == 2 and found["memory_bytes"] > 0
    assert found["seconds_a_trial"] == pytest.approx(2 * mean, rel=1e-3)
    assert found["hours"] == pytest.approx(found["seconds_a_trial"] * 11 / 3600)
    assert found["basis"] == f"{len(done)} earlier trials of this task with the same network"
    said = typed("submit", "-", "--dry-run", given=json.dumps(spec))
    assert "memory: at least" in said and "not known: how much memory there is" in said
    other = json.loads(typed("submit", "-", "--dry-run", "--json", given=json.dumps(TINY_HETEROGENEITY)))
    assert other["hours"] is None and any("no trial of this task" in line for line in other["unknown"])
    with pytest.raises(UserError, match="seeds: got 0"):
        typed("submit", "-", "--dry-run", given=json.dumps({**TINY, "seeds": 0}))
    assert service.get("/v1/searches").json() == before
