"""Points of the unit cube and what they stand for."""

import json
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from spaces.distributions import params as d
from spaces.space.dimensions import Float, Int, Space, decode, encode, grid, parts, point_to_json, read_point, width
from spaces.wording import explain

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
    "units": {"type": "int", "low": 3, "high": 3000, "log": True},
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
    assert 5 <= point["plain"].mean <= 50 and 0.05 <= point["plain"].cv <= 1.5
    assert 0.1 <= point["gain"] <= 10
    assert point["depth"] in range(-1, 4) and point["kind"] in ("a", 2, True)


magnitudes = st.floats(allow_nan=False, allow_infinity=False)
shares = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 5e-324, 1e-17, math.nextafter(1, 0), 1.0]))


@given(st.tuples(magnitudes, magnitudes), st.booleans(), shares)
def test_a_range_of_any_magnitude_has_its_ends_and_nothing_beyond(bounds, log, u):
    low, high = sorted(map(abs, bounds) if log else bounds)
    assume(low < high and (low > 0 or not log))
    dimension = Float(low=low, high=high, log=log)
    assert (dimension.decode([0.0]), dimension.decode([1.0])) == (low, high)
    assert (dimension.encode(low), dimension.encode(high)) == ([0.0], [1.0])
    value = dimension.decode([u])
    assert low <= value <= high
    (found,) = dimension.encode(value)
    assert 0 <= found <= 1
    again = dimension.decode([found])
    error = abs(math.log(again) - math.log(value)) if log else abs(again / 2 - value / 2) / max(abs(low), abs(high))
    assert error <= (1e-12 if low > 1e-300 or not log else 1)  # of the smallest numbers neighbours differ by a factor


def test_a_logarithmic_range_ends_where_it_says_whatever_its_lower_end():
    near = [2**-53, 1e-15, 1 - 1e-15, math.nextafter(1, 0)]  # where rounding leads beyond an end
    for tenths in range(1, 1000):
        dimension = Float(low=tenths / 10, high=100, log=True)
        assert (dimension.decode([0.0]), dimension.decode([1.0])) == (tenths / 10, 100)
        assert all(tenths / 10 <= dimension.decode([u]) <= 100 for u in near)


@given(st.integers(-(10**12), 10**12), st.integers(1, 2 * 10**12), st.integers(0, 2 * 10**12), st.booleans())
def test_every_whole_number_has_coordinates_of_its_own(low, width, offset, log):
    assume(low + width <= 10**12 and (low > 0 or not log))
    dimension = Int(low=low, high=low + width, log=log)
    value = low + offset % (width + 1)
    assert dimension.decode(dimension.encode(value)) == value
    assert dimension.decode([0.0]) == low
    assert dimension.decode([1.0]) == dimension.decode([math.nextafter(1, 0)]) == low + width


@given(st.integers(1, 10**12 - 1), st.integers(1, 10**12), shares)
def test_of_a_logarithmic_range_of_whole_numbers_each_has_what_its_ratio_to_the_next_is(low, width, u):
    """As of the numbers around it: what is less than half a number away is that number."""
    dimension = Int(low=low, high=min(low + width, 10**12), log=True)
    value = dimension.decode([u])
    around = math.exp(math.log(low - 0.5) * (1 - u) + math.log(dimension.high + 0.5) * u)
    assert dimension.low <= value <= dimension.high
    assert abs(value - around) <= 0.5 + 1e-12 * around


@given(st.integers(1, 50), st.integers(1, 60), st.integers(1, 70), st.booleans())
def test_a_grid_has_as_many_whole_numbers_as_it_has_levels_until_it_has_all(low, width, levels, log):
    dimension = Int(low=low, high=low + width, log=log)
    found = [point["n"] for point in grid({"n": dimension}, levels)]
    assert found == sorted(set(found)) and set(found) <= set(range(low, low + width + 1))
    assert len(found) == min(levels, width + 1)


def test_a_logarithmic_grid_of_whole_numbers_has_even_ratios():
    powers = Int(low=1, high=1024, log=True)
    assert [point["n"] for point in grid({"n": powers}, 5)] == [1, 5, 23, 104, 478]


def test_a_range_that_is_not_logarithmic_is_stored_as_before_there_were_such_ranges():
    plain = Int(low=1, high=3)
    assert plain.model_dump() == {"type": "int", "low": 1, "high": 3}
    assert Int(low=1, high=3, log=True).model_dump() == {**plain.model_dump(), "log": True}


@pytest.mark.parametrize("cv", [[0.01, 4], [0.01, 0.57], [0.3, 0.301]])
@pytest.mark.parametrize("mean", [[1.2, 100], [1e-60, 1e60], [7, math.nextafter(7, 8)]])
def test_distributions_exist_at_all_ends(mean, cv):
    families = ["gamma", "log_normal", "uniform", "dirac", "lorentzian", "log_normal_mixture"]
    (dimension,) = space_of(
        {"tau": {**TAU, "families": families, "mean": mean, "cv": cv, "support": [1e-9, 1e9]}}
    ).values()
    ends = dimension.ends()
    assert len(ends) == 6 * 2**4 and {end.family for end in ends} == set(families)
    for end in ends:
        assert dimension.has(end)
        match end:
            case d.Gamma() | d.LogNormal():
                assert end.mean in mean and end.cv in cv
            case d.LogNormalMixture():
                assert set(end.means) <= set(mean) and set(end.cvs) <= set(cv)
            case d.Dirac():
                assert end.value in mean


def test_a_value_outside_is_encoded_at_the_nearest_end():
    space = space_of(EVERYTHING)
    outside = {"gain": (-1.0, 1e9), "depth": (-7, 8)}
    for name, (below, above) in outside.items():
        low, high = (space[name].decode(space[name].encode(value)) for value in (below, above))
        assert (low, high) == (space[name].low, space[name].high)


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
    assert [part.stop - part.start for _, part in parts(SPACE)] == [5, 3, 2, 1, 1, 1, 1]
    assert dict(parts(SPACE))["kind"] == slice(13, 14)


def test_a_grid_has_every_combination_once():
    space = space_of({"tau": {**TAU, "families": ["gamma", "dirac"]}, "depth": {"type": "int", "low": 1, "high": 2}})
    points = grid(space, 3)
    assert len(points) == (3 * 3 + 3) * 2 == len({(p["tau"], p["depth"]) for p in points})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": [0, 5]}, "mean: got 0 and 5; both must be above 0 here"),
        ({"mean": [5, 5]}, "mean: got 5 and 5; the first must be below the second"),
        ({"cv": [0.001, 1]}, "cv.0: got 0.001; give at least 0.01"),
        ({"families": ["gamma", "gamma"]}, "give each family once"),
        ({"families": ["gamma"], "positive": False}, "got gamma with positive: false"),
        ({"families": ["uniform"], "cv": [0.6, 1]}, "a positive uniform's is below 0.57; leave uniform out"),
        ({"families": ["lorentzian"]}, "support: got None; give it with the family lorentzian"),
        ({"prior_samples": [[1, -2]]}, "prior_samples: got -2; positive: true needs values above 0"),
        ({"prior_samples": [12.5, 30]}, "prior_samples: got 12.5; give a list for each set of samples"),
        (
            {"mean": [1, 1e101]},
            "mean, cv: got (1.0, 1e+101) and (0.05, 1.5); mean: got 1e+101; give 0 or a number whose",
        ),
        ({"family": "gamma"}, "allowed are type, families, mean, cv, positive, support, prior_samples"),
    ],
)
def test_errors_say_what_was_got_and_what_is_allowed(change, message):
    with pytest.raises(ValidationError) as caught:
        space_of({"tau": {**TAU, **change}})
    assert message in "; ".join(explain(error) for error in caught.value.errors())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"type": "int", "low": 0, "high": 10**400}, "high: got 1000"),
        ({"type": "int", "low": -(10**12) - 1, "high": 0}, "at least -1000000000000"),
        ({"type": "float", "low": 1, "high": 1}, "low, high: got 1 and 1; the first must be below the second"),
        ({"type": "float", "low": 0, "high": 1, "log": True}, "both must be above 0 here"),
        ({"type": "int", "low": 0, "high": 9, "log": True}, "low, high: got 0 and 9; both must be above 0 here"),
        ({"type": "float", "low": 0, "high": math.inf}, "high: got inf; give a finite number"),
        ({"type": "categorical", "choices": [1, True]}, "give each choice once"),
        ({"type": "categorical", "choices": [0.0, -0.0]}, "give each choice once"),
        ({"type": "categorical", "choices": [1, 1.0]}, "give each choice once"),
        ({"type": "categorical", "choices": list(range(1001))}, "at most 1000 values"),
        ({"type": "categorical", "choices": [1, None]}, "choices.1: got None; give a number, a text or a truth value"),
        ({"type": "categorical", "choices": [[3], 5]}, "choices.0: got [3]; give a number, a text or a truth value"),
    ],
)
def test_a_range_or_choice_that_cannot_be_is_refused(value, message):
    with pytest.raises(ValidationError) as caught:
        space_of({"x": value})
    assert message in "; ".join(explain(error) for error in caught.value.errors())
    assert len(caught.value.errors()) == 1


@pytest.mark.parametrize(
    ("dimension", "value", "expected"),
    [
        ({"type": "float", "low": 0, "high": 0.5}, 0.0, []),  # nothing lies below
        ({"type": "float", "low": 0, "high": 0.5}, 0.4999, ["upper bound, 0.5"]),
        ({"type": "float", "low": 0.001, "high": 1, "log": True}, 0.00102, ["lower bound, 0.001"]),
        ({"type": "float", "low": 1, "high": 5}, 3.0, []),
        ({"type": "int", "low": 1, "high": 5}, 5, ["upper bound, 5"]),
        ({"type": "int", "low": 1, "high": 1000}, 999, []),
        ({"type": "categorical", "choices": ["lif", "slif"]}, "lif", []),
        ({"type": "distribution", "mean": [2, 30]}, {"family": "dirac", "value": 30.0}, ["upper bound of mean, 30"]),
        (
            {"type": "distribution", "mean": [2, 30]},
            {"family": "gamma", "mean": 9.0, "cv": 0.05},
            ["lower bound of cv, 0.05"],
        ),
        ({"type": "distribution", "mean": [2, 30]}, {"family": "gamma", "mean": 9.0, "cv": 0.5}, []),
        (
            {"type": "distribution", "mean": [2, 30]},
            {"family": "uniform", "low": 0.1, "high": 19.9},
            [],
        ),  # its own limit
    ],
)
def test_a_value_at_an_edge_names_the_bound(dimension, value, expected):
    space = space_of({"x": dimension})
    assert space["x"].edges(read_point({"x": value})["x"]) == expected
