"""Whatever is wrong anywhere in a specification of any kind is said once, and in our words."""

import re
from collections.abc import Iterator
from copy import deepcopy
from functools import reduce
from operator import getitem
from typing import Any

import pytest

from searchsvc import kinds
from spaces.errors import UserError
from tests.specs import TINY, TINY_HETEROGENEITY, TINY_HYPERPARAMETERS, TINY_SWEEP

SPECS = [TINY, TINY_HETEROGENEITY, TINY_HYPERPARAMETERS, TINY_SWEEP]
WRONG: list[Any] = [None, True, "lfi", "1h", "", 5, 10**30, -1.5, float("nan"), [], ["lfi"], [[]], {}, {"lif": 1}]
THEIRS = re.compile(r"nput should|[Ii]nstance|tuple|dictionary|valid |parse|pattern|\^|pydantic|after validation")
Place = tuple[Any, ...]

each_kind = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec["kind"])


def full(spec: dict[str, Any]) -> dict[str, Any]:
    """With all that it leaves out."""
    return kinds.read({**spec, "scheduler": "asha"} if "training" in spec else spec).to_json()


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Of everything in it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        yield (*place, name)
        yield from places(item, (*place, name))


def changed(spec: dict[str, Any], place: Place, value: Any) -> dict[str, Any]:
    made = deepcopy(spec)
    reduce(getitem, place[:-1], made)[place[-1]] = value
    return made


def refused(spec: dict[str, Any]) -> str:
    try:
        kinds.read(spec)
    except UserError as error:
        return str(error)
    return ""


def test_these_are_all_kinds() -> None:
    assert {spec["kind"] for spec in SPECS} == set(kinds.kinds())


@each_kind
def test_a_wrong_value_is_explained_in_our_words(spec: dict[str, Any]) -> None:
    whole = full(spec)
    messages = {
        (place, str(value)): said
        for place in places(whole)
        for value in WRONG
        if (said := refused(changed(whole, place, value)))
    }
    assert len(messages) > 200
    assert {where: said for where, said in messages.items() if THEIRS.search(said)} == {}
    assert {where: said for where, said in messages.items() if ": got" not in said and "give" not in said} == {}


@each_kind
def test_a_misspelt_field_is_said_once_with_what_was_meant(spec: dict[str, Any]) -> None:
    whole = full(spec)
    for place in places(whole):
        *outer, name = place
        if not isinstance(name, str) or len(name) < 4 or outer[:1] == ["space"] or name in ("kind", "name", "family"):
            continue
        misspelt = name + name[-1]
        holder = dict(reduce(getitem, outer, whole))
        holder[misspelt] = holder.pop(name)
        said = refused(changed(whole, tuple(outer), holder) if outer else holder)
        assert said.count(f"{misspelt}: got an unknown field") == 1 and said.count("unknown") == 1, said
        assert f"did you mean '{name}'?" in said, said


@pytest.mark.parametrize(
    ("short", "meant"),
    [
        ({"scheduler": "asha"}, {"scheduler": {"name": "asha"}}),
        ({"objective": "accuracy"}, {"objective": {"metric": "accuracy/validation"}}),
        ({"objective": "energy"}, {"objective": {"metric": "energy"}}),
        ({"objective": {"metric": "accuracy"}}, {"objective": {"metric": "accuracy/validation"}}),
        ({"strategy": "darts"}, {"strategy": {"name": "darts"}}),
        ({"training": "gradient"}, {"training": {}}),
        ({"tradeoffs": "energy"}, {"tradeoffs": ["energy"]}),
        (
            {"constraints": {"metric": "energy", "at_most": 1e-6}},
            {"constraints": [{"metric": "energy", "at_most": 1e-6}]},
        ),
        ({"budget": {"trials": 1e3}}, {"budget": {"trials": 1000}}),
    ],
)
def test_what_can_mean_one_thing_only_is_taken(short: dict[str, Any], meant: dict[str, Any]) -> None:
    assert kinds.read({**TINY, **short}) == kinds.read({**TINY, **meant})


def test_one_search_to_start_from_is_a_list_of_one() -> None:
    other = "0199aaaa-0000-7000-8000-000000000000"
    found = kinds.read({**TINY_HETEROGENEITY, "warm_start": other})
    assert found == kinds.read({**TINY_HETEROGENEITY, "warm_start": [other]})


@each_kind
def test_a_whole_number_may_be_written_as_any_other(spec: dict[str, Any]) -> None:
    whole = full(spec)
    for place in places(whole):
        if isinstance(value := reduce(getitem, place, whole), int) and not isinstance(value, bool):
            assert kinds.read(changed(whole, place, float(value))).to_json() == whole
