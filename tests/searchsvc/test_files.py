"""What users' files say is what is read: each key once, and the same numbers in YAML as in JSON."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from searchsvc import files
from searchsvc.cli import commands as cli
from spaces.errors import UserError

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text("e1-.:+ax~"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab1e-", min_size=1), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_what_is_written_as_yaml_is_read_again(value):
    assert repr(files.from_yaml(files.to_yaml(value))) == repr(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_the_same_in_yaml_as_in_json(value):
    for text in (repr(value), f"{value:.3e}", f"{value:g}", f"{value:+.2E}"):
        found, expected = files.from_yaml(text), float(text)
        assert isinstance(found, float | int) and math.isclose(found, expected, rel_tol=1e-15)


DOUBLED = [
    '{"seed": 1, "kind": "x", "seed": 2}',
    '{"training": {"lr": 1, "lr": 1}}',
    '{"space": [{"a": 1, "\\u0061": 2}]}',
    "seed: 1\nkind: x\nseed: 2",
    "training:\n  lr: 1\n  lr: 1",
    "training: {lr: 1, 'lr': 2}",
    "a: &one {x: 1, x: 2}\nb: *one",
    "- {1: a, 1.0: b}",
    "{yes: 1, true: 2}",
]


@pytest.mark.parametrize("text", DOUBLED)
def test_a_key_that_stands_twice_is_refused(text, tmp_path: Path):
    file = tmp_path / "given.yaml"
    file.write_text(text)
    with pytest.raises(UserError, match=r"^file: got '.*given.yaml', .* stands more than once in the .*give each key"):
        files.mapping(file)


def test_it_is_said_which_key_and_where(tmp_path: Path):
    file = tmp_path / "given.yaml"
    file.write_text("kind: x\ntraining:\n  lr: 1\n  epochs: 2\n  lr: 1")
    with pytest.raises(UserError, match="'lr' stands more than once in the mapping that begins at line 3; give each"):
        files.mapping(file)


def test_what_a_merge_says_may_be_said_again():
    text = "usual: &usual {lr: 1, epochs: 2}\ntraining:\n  <<: *usual\n  lr: 3"
    assert files.from_yaml(text)["training"] == {"lr": 3, "epochs": 2}


@pytest.mark.parametrize("command", ["submit", "train"])
@pytest.mark.parametrize("text", ['{"seed": 1, "seed": 2}', "seed: 1\nseed: 2"])
def test_commands_refuse_such_a_file(command, text, tmp_path: Path):
    file = tmp_path / "given"
    file.write_text(text)
    with pytest.raises(UserError, match="'seed' stands more than once"):
        CliRunner().invoke(cli.app, [command, str(file)], catch_exceptions=False)


def test_json_is_read_as_json():
    value = {"a": [1, 2.5, None, True, "x"], "b": {"a": 1}}
    assert files.from_json(json.dumps(value)) == value
