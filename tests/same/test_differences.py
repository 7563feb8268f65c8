from typing import Any

from tests.same.differences import compare, drop_late_insights

FOUND = {
    "search": {"id": "01a1ff7e-6397-7ea8-b03b-f8ff059ca52e", "created": "2026-11-30T20:00:00Z", "state": "succeeded"},
    "trials": [{"score": 0.1, "costs": {"energy": 1e-9, "seconds": 1.5, "latency": 0.1}, "seed": 0}],
    "conclusion": {"sentence": "LIF is best. Searching cost as much training time as 1.8 retrainings."},
    "figures": {"pareto seconds": [1.0], "best-so-far": {"data": [{"x": [0.5], "y": [0.1]}]}, "surrogate tau": [1]},
}


def changed(*path: str | int, to: Any) -> Any:
    """FOUND with another value at a place."""

    def within(value: Any, rest: tuple[str | int, ...]) -> Any:
        if not rest:
            return to
        key, *others = rest
        items = dict(value) if isinstance(value, dict) else list(value)
        items[key] = within(items.get(key) if isinstance(items, dict) else items[key], tuple(others))
        return items

    return within(FOUND, path)


def test_the_last_bit_of_a_score_is_a_difference_at_its_place() -> None:
    assert compare(FOUND, changed("trials", 0, "score", to=0.1 + 2**-56)) == (
        ["trials[0] > score: was 0.1, is 0.10000000000000002"],
        [],
    )


def test_a_number_of_another_type_is_a_difference() -> None:
    assert compare(FOUND, changed("trials", 0, "seed", to=0.0))[0] == ["trials[0] > seed: was 0, is 0.0"]


def test_ids_times_and_what_is_measured_in_seconds_may_differ() -> None:
    other = changed("search", "id", to="01a1ff7e-6397-7ea8-b03b-f8ff059ca52f")
    for path, value in (
        (("search", "created"), "later"),
        (("trials", 0, "costs", "seconds"), 9.0),
        (("trials", 0, "costs", "latency"), 9.0),
        (("conclusion", "sentence"), "LIF is best. Searching cost as much training time as 2 retrainings."),
        (("figures", "pareto seconds"), [2.0]),
        (("figures", "best-so-far", "data", 0, "x"), [9.5]),
    ):
        assert compare(FOUND, changed(*path, to=value)) == ([], [])
    assert compare(FOUND, other) == ([], [])
    assert len(compare(FOUND, changed("conclusion", "sentence", to="SLIF is best."))[0]) == 1
    assert len(compare(FOUND, changed("figures", "best-so-far", "data", 0, "y", to=[0.2]))[0]) == 1


def test_a_new_field_is_told_apart_and_one_that_is_gone_is_a_difference() -> None:
    more = changed("trials", 0, "body", to={})
    assert compare(FOUND, more) == ([], ["trials[*] > body: new"])
    assert compare(more, FOUND) == (["trials[0] > body: was {}, is gone"], [])


def test_another_number_of_trials_is_a_difference() -> None:
    assert compare(FOUND, changed("trials", to=[]))[0] == ["trials: had 1 items, has 0"]


def test_an_insight_that_came_on_one_side_alone_is_named_and_not_compared() -> None:
    before, after = {"one": changed("state", to="")}, {"one": changed("figures", to={"parallel": [2]})}
    assert drop_late_insights(before, after) == ["one"]
    assert after == {"one": {**FOUND, "figures": {}}}
    assert drop_late_insights({"one": FOUND}, {"one": FOUND}) == []
