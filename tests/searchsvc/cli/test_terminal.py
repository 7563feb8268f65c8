"""What people see in a terminal, at every width: who it is first, then the most important numbers."""

import json
from collections.abc import Iterator

import pytest

from searchsvc import kinds
from tests.searchsvc.cli.made import BOARDS, status
from tests.searchsvc.cli.terminal import on_terminal
from tests.searchsvc.client.test_client import Answer, server

WIDTHS = (60, 80, 100, 160)
KINDS = tuple(BOARDS)
SEARCHES = {kind: status(kind, number) for number, kind in enumerate(KINDS)}
DONE = {"trial": 8, "tell": 9, "score": 0.9, "metrics": {}}
EVENTS = f"event: trial_done\nid: 1\ndata: {json.dumps(DONE)}\n\nevent: succeeded\nid: 2\ndata: {{}}\n\n"


def as_json(value: object) -> list[Answer]:
    return [(200, "application/json", json.dumps(value).encode())]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    answers = {"/v1/searches": as_json({"searches": list(SEARCHES.values()), "next_cursor": None})}
    for kind, search in SEARCHES.items():
        path = f"/v1/searches/{search['id']}"
        answers |= {path: as_json(search), f"{path}/leaderboard": as_json(BOARDS[kind])}
        answers[f"{path}/events"] = [(200, "text/event-stream", EVENTS.encode())]
    with server(answers) as url:
        yield url


@pytest.fixture(scope="module", params=WIDTHS)
def printed(request: pytest.FixtureRequest, url: str) -> tuple[int, dict[tuple[str, str], str]]:
    """By command and kind."""
    asked = {(command, kind): (command, kind) for kind in KINDS for command in ("leaderboard", "watch")}
    asked |= {("all", kind): ("leaderboard", kind, "--all") for kind in KINDS}
    commands = [[command, SEARCHES[kind]["id"], *more, "--url", url] for command, kind, *more in asked.values()]
    said = on_terminal(request.param, [*commands, ["ls", "--url", url]])
    return request.param, dict(zip([*asked, ("ls", "")], said, strict=True))


def test_every_kind_of_search_is_tried() -> None:
    assert set(BOARDS) == set(kinds.kinds())


def test_no_line_is_wider_than_the_terminal(printed: tuple[int, dict[tuple[str, str], str]]) -> None:
    width, said = printed
    for about, text in said.items():
        frames = text.replace("\r", "\n")
        assert max(map(len, frames.splitlines())) <= width, about


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("command", ["leaderboard", "watch"])
def test_rank_candidate_values_and_objective_are_always_there(
    printed: tuple[int, dict[tuple[str, str], str]], command: str, kind: str
) -> None:
    width, said = printed
    text = said[command, kind]
    lines = text.splitlines()
    for row in BOARDS[kind]["rows"]:
        (line,) = [one for one in lines if one.split()[:2] == [str(row["rank"]), row["label"].split()[0]]][-1:]
        value = next(iter(row["point"])) if row["point"] else row["placement"][0]
        assert value in line.split()
    objective = {"energy": "13.29", "memory_capacity/validation": "10.00 ± 0.59"}
    assert objective.get(BOARDS[kind]["objective"], " ± 2.6") in text
    is_less = "Left out at" in text
    assert is_less == (width < 160) or kind == "heterogeneity"
    if is_less:
        assert f"Left out at {width} columns: " in text and "--all shows every column" in " ".join(text.split())


def test_energies_that_rank_are_told_apart(printed: tuple[int, dict[tuple[str, str], str]]) -> None:
    _, said = printed
    for energy in ("13.29", "13.31", "13.34"):
        assert energy in said["leaderboard", "polynomial_degree"]
    assert "energy\n" in said["all", "polynomial_degree"] or "energy " in said["all", "polynomial_degree"]
    assert "0.0000" not in said["all", "polynomial_degree"]


@pytest.mark.parametrize("kind", KINDS)
def test_all_columns_stand_in_tables_one_below_the_other(
    printed: tuple[int, dict[tuple[str, str], str]], kind: str
) -> None:
    width, said = printed
    text = said["all", kind]
    assert "Left out" not in text and "origin" in text
    tables = [line for line in text.splitlines() if line.split()[:1] == ["1"]]
    assert len(tables) > (1 if width == 60 else 0)  # each says of each row which it is
    label = BOARDS[kind]["rows"][0]["label"].split()[0]
    assert all(line.split()[1] == label for line in tables)


def test_a_watched_search_shows_how_far_it_is(printed: tuple[int, dict[tuple[str, str], str]]) -> None:
    _, said = printed
    for kind in KINDS:
        bars = [line for line in said["watch", kind].replace("\r", "\n").splitlines() if line.startswith("trials ")]
        assert bars and all("━" in line and "9/9" in line for line in bars)


def test_searches_are_listed_with_their_ids_and_names(printed: tuple[int, dict[tuple[str, str], str]]) -> None:
    width, said = printed
    text = said["ls", ""]
    for search in SEARCHES.values():
        assert search["id"] in text and "succeeded" in text
    assert "polynomial" in text
    assert ("Left out at" in text) == (width < 100)
    if width == 60:
        assert "trials, created; --columns trials,created shows them" in " ".join(text.split())
