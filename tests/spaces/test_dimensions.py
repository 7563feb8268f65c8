"""Points of the unit cube and what they stand for."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from spaces import distribution_params as d
from spaces.dimensions import Space, decode, encode, grid, parts, point_to_json, read_point, width
from spaces.params import explain

TAU = {"type": "distribution", "mean": [5, 50], "cv": [0.05, 1.5]}
EVERYTHING = {
    "tau": {**TAU, "families": ["gamma", "log_normal", "uniform", "dirac", "log_normal_mixture"]},
    "bias": {
        "type": "distribution",
        "families": ["dirac", "lorentzian"],
        "mean": [-1, 2],
        "positive": False,
        "support": [-5, 5],
    },
    "plain": {**TAU, "families": ["gamma"]},
    "gain": {"type": "float", "low": 0.1, "high": 10, "log": True},
    "depth": {"type": "int", "low": -1, "high": 3},
    "kind": {"type": "categorical", "choices": ["a", 2, True]},
}


def space_of(value):
    return TypeAdapter(Space).validate_python(value)


SPACE = space_of(EVERYTHING)
cube = st.lists(st.floats(0, 1), min_size=width(SPACE), max_size=width(SPACE))


@given(cube)
def test_what_coordinates_stand_for_is_found_again(u):
    point = decode(SPACE, u)
    assert read_point(json.loads(json.dumps(point_to_json(point)))) == point
    again = decode(SPACE, encode(SPACE, point))
    for name, value in point.items():
        if isinstance(value, d.Distribution):
            ours, theirs = (v.model_dump(exclude={"family"}) for v in (value, again[name]))
            assert again[name].family == value.family
            for field in ours:
                assert ours[field] == pytest.approx(theirs[field], rel=1e-9)
        else:
            assert again[name] == pytest.approx(value) if isinstance(value, float) else again[name] == value


@given(cube)
def test_values_keep_their_bounds(u):
    point = decode(SPACE, u)
    assert point["tau"].positive and point["plain"].family == "gamma"
    assert 5 * (1 - 1e-12) <= point["plain"].mean <= 50 * (1 + 1e-12)
    assert 0.1 * (1 - 1e-12) <= point["gain"] <= 10 * (1 + 1e-12)
    assert point["depth"] in range(-1, 4) and point["kind"] in ("a", 2, True)


def test_the_uniform_has_the_mean_and_cv_that_it_stands_for():
    space = space_of({"tau": {**TAU, "families": ["uniform"], "cv": [0.1, 0.4]}})
    found = decode(space, [0.5, 0.5])["tau"]
    mean, sd = (found.low + found.high) / 2, (found.high - found.low) / math.sqrt(12)
    assert (mean, sd / mean) == (pytest.approx(math.sqrt(5 * 50)), pytest.approx(math.sqrt(0.1 * 0.4)))


def test_around_a_mean_that_may_be_zero_the_spread_is_in_units_of_the_largest():
    space = space_of({"b": {**TAU, "families": ["lorentzian"], "mean": [-1, 3], "positive": False, "support": [-9, 9]}})
    low, high = decode(space, [0.25, 0.0])["b"], decode(space, [0.75, 0.0])["b"]
    assert (low.centre, high.centre) == (0.0, 2.0)
    assert low.halfwidth == high.halfwidth == pytest.approx(0.05 * 3)


def test_measured_samples_are_projected_by_their_mean_and_cv():
    space = space_of({"tau": {**TAU, "families": ["gamma", "uniform"]}})
    found = decode(space, encode(space, {"tau": d.Empirical(samples=(10, 30))}))["tau"]
    assert found.family == "gamma" and (found.mean, found.cv) == (pytest.approx(20), pytest.approx(0.5))
    assert decode(space, encode(space, {"tau": d.Dirac(value=1000)}))["tau"].mean == pytest.approx(50)


def test_the_coordinates_of_dimensions_follow_each_other():
    assert [part.stop - part.start for _, part in parts(SPACE)] == [5, 3, 2, 1, 1, 1]
    assert dict(parts(SPACE))["kind"] == slice(12, 13)


def test_a_grid_has_every_combination_once():
    space = space_of({"tau": {**TAU, "families": ["gamma", "dirac"]}, "depth": {"type": "int", "low": 1, "high": 2}})
    points = grid(space, 3)
    assert len(points) == (3 * 3 + 3) * 2 == len({(p["tau"], p["depth"]) for p in points})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": [0, 5]}, "mean: got 0 and 5; both must be above 0 here"),
        ({"mean": [5, 5]}, "mean: got 5 and 5; the first must be below the second"),
        ({"cv": [0.001, 1]}, "cv.0: got 0.001; input should be greater than or equal to 0.01"),
        ({"families": ["gamma", "gamma"]}, "give each family once"),
        ({"families": ["gamma"], "positive": False}, "got gamma with positive: false"),
        ({"families": ["uniform"], "cv": [0.6, 1]}, "a positive uniform's is below 0.57; leave uniform out"),
        ({"families": ["lorentzian"]}, "support: got None; give it with the family lorentzian"),
        ({"prior_samples": [[1, -2]]}, "prior_samples: got -2; positive: true needs values above 0"),
        ({"family": "gamma"}, "allowed are type, families, mean, cv, positive, support, prior_samples"),
    ],
)
def test_errors_say_what_was_got_and_what_is_allowed(change, message):
    with pytest.raises(ValidationError) as caught:
        space_of({"tau": {**TAU, **change}})
    assert message in "; ".join(explain(error) for error in caught.value.errors())
