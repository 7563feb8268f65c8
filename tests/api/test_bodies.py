"""JSON that no number, database or page can hold is refused with its place and a reason, and never with a traceback."""

import json
import logging
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.specs import TINY, TINY_HETEROGENEITY

POINT = {"tau_excitatory": {"family": "dirac", "mean": 5.0}, "reach": 2.0, "cell": "rate"}
HALF = "\ud800"
FLOAT = {"type": "float", "low": 1, "high": 2}
JSON = {"Content-Type": "application/json"}


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def known(**changes: Any) -> dict[str, Any]:
    return {**TINY_HETEROGENEITY, "observations": [{"point": {**POINT, **changes}, "scores": [1.0]}]}


def spaced(**dimension: Any) -> dict[str, Any]:
    return {**TINY_HETEROGENEITY, "space": {"units": {"type": "int", "low": 5, "high": 50, **dimension}}}


def choosing(*choices: str) -> dict[str, Any]:
    return {**TINY_HETEROGENEITY, "space": {"cell": {"type": "categorical", "choices": list(choices)}}}


REFUSED: list[tuple[str, Any, str]] = [
    ("an upper bound of 400 digits", spaced(high=10**400), "space.units.high: got an integer of 401 digits"),
    ("a lower bound of 400 digits", spaced(low=-(10**400)), "space.units.low: got an integer of 401 digits"),
    ("a seed of 400 digits", {**TINY, "seed": 10**400}, "seed: got an integer of 401 digits"),
    ("a score of 400 digits", {**TINY, "observations": [{"scores": [10**400]}]}, "observations.0.scores.0: got an"),
    ("600 lists in an observation", known(reach=nested(600)), "body: got lists or objects nested more than 64 deep"),
    ("70 lists in an observation", known(reach=nested(70)), "nested more than 64 deep"),
    ("lists in the name", {**TINY, "name": nested(100)}, "nested more than 64 deep"),
    ("half a character in the name", {**TINY, "name": f"a{HALF}b"}, r"name: got 'a\ud800b', with half of a character"),
    ("half a character as a choice", choosing("rate", HALF), r"space.cell.choices.1: got '\ud800'"),
    ("half a character as a field", {**TINY, HALF: 1}, r"body: got '\ud800', with half of a character"),
    ("half a character as a dimension", {**TINY_HETEROGENEITY, "space": {HALF: FLOAT}}, r"space: got '\ud800'"),
    ("half a character as a kind", {**TINY, "kind": HALF}, r"kind: got '\ud800'"),
    ("a NUL as a choice", choosing("rate", "\0"), r"space.cell.choices.1: got '\x00', with a NUL"),
    ("a NUL in an observation", known(cell="\0"), r"observations.0.point.cell: got '\x00', with a NUL"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "said"), [(s, e) for _, s, e in REFUSED], ids=[name for name, _, _ in REFUSED])
def test_it_is_refused_with_place_and_reason(
    light: TestClient, spec: dict[str, Any], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        answer = light.post("/v1/searches", content=json.dumps(spec), headers=JSON)
    assert answer.status_code == 422 and said in answer.json()["detail"]
    assert len(answer.json()["detail"]) < 300 and not caplog.records


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("[" * 5000 + "]" * 5000, "body: got lists or objects nested more than 64 deep"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "body: got lists or objects nested more than 64 deep"),
        ('{"seed": ' + "9" * 5000 + "}", "body: got a number that cannot be read"),
        (b'{"name": "\xff"}', "body: got bytes that are no UTF-8"),
        (b'{"name": "\xed\xa0\x80"}', r"name: got '\ud800', with half of a character"),
    ],
)
def test_what_no_parser_reads_is_explained(light: TestClient, body: bytes, said: str) -> None:
    answer = light.post("/v1/searches", content=body, headers=JSON)
    assert answer.status_code == 422 and answer.json()["detail"].startswith(said)


def test_whole_characters_of_all_planes_are_text(client: TestClient) -> None:
    name = "naïve 探索 \U0001f9e0 \ufffd"
    made = client.post("/v1/searches", content=json.dumps({**TINY, "name": name}), headers=JSON)
    assert made.status_code == 201 and made.json()["name"] == name
    assert name in client.get("/").text


def test_values_in_messages_are_cut(light: TestClient) -> None:
    long = "x" * 100_000
    specs = [
        {**TINY, "name": long},
        {**TINY, "kind": long},
        {**TINY, long: 1},
        {**TINY, "task": [long]},
        {**TINY, "task": long},
        {**TINY, "neurons": [long]},
        known(cell=long),
        {**TINY_HETEROGENEITY, "space": {long: {"type": "float", "low": 2, "high": 1}}},
        {**TINY_HETEROGENEITY, "space": {long: {"type": "float", "low": 1, "high": 2}}},
    ]
    for spec in specs:
        answer = light.post("/v1/searches", json=spec)
        assert answer.status_code == 422 and len(answer.text) < 1500, (answer.text[:300], len(answer.text))
    for path in (
        f"/v1/searches/{long[:9000]}",
        f"/v1/leaderboard?task={long[:9000]}",
        f"/{long[:9000]}",
        f"/submit?kind={long[:9000]}",
        f"/v1/compare?candidate={long[:9000]}",
    ):
        answer = light.get(path)
        assert 400 <= answer.status_code < 500 and len(answer.text) < 3500, path


def test_a_message_about_a_thousand_wrong_fields_names_the_first_of_them(light: TestClient) -> None:
    answer = light.post("/v1/searches", json={**TINY, **{f"unknown{number}": 1 for number in range(1000)}}).json()
    assert len(answer["errors"]) == 1000 and answer["errors"][0] in answer["detail"]
    assert answer["detail"].endswith("; and 980 more") and answer["detail"].count("; and ") == 1
