import math

import pytest

from searchsvc.pictures._drawing import BEST, DRAWN, color
from searchsvc.pictures.parallel import OfSearch, Values, figure
from searchsvc.testing.pictures import candidate, search


def polylines(drawn):
    """Every candidate's places on the axes, the best one last."""
    found = []
    for trace in drawn.data:
        width = trace.x.index(None) + 1
        assert all(trace.x[i : i + width] == (*range(width - 1), None) for i in range(0, len(trace.x), width))
        found += [trace.y[i : i + width - 1] for i in range(0, len(trace.x), width)]
    return found


def ticks(drawn, axis):
    return {a.text: a.y for a in drawn.layout.annotations if a.x == axis}


def test_parallel_coordinates_name_choices_and_take_logarithms_of_positive_numbers():
    columns = {"cell": ["rate", "lif", "rate"], "gain": [0.01, 1.0, 100.0], "reach": [-1.0, 0.0, 3.0], "same": [0] * 3}
    drawn = figure(Values(columns, [3e-9, 4e-9, 5e-9], "energy", ["a", "b", "c"]))
    assert polylines(drawn) == [
        pytest.approx((1.0, 1.0, 1.0, 1.0)),
        pytest.approx((0.0, 0.5, 0.25, 0.5)),
        pytest.approx((1.0, 0.0, 0.0, 0.0)),
    ]
    assert drawn.layout.xaxis.ticktext == ("cell", "gain", "reach", "score")  # without what is the same
    assert ticks(drawn, 0) == {"lif": 0.0, "rate": 1.0}
    assert ticks(drawn, 1) == pytest.approx({"0.01": 0.0, "0.1": 0.25, "1": 0.5, "10": 0.75, "100": 1.0})
    assert ticks(drawn, 3) == pytest.approx({"3": 0, "4": 0.5, "5": 1})  # whole numbers: those that there are
    *_, best = drawn.data
    assert set(best.text) == {"a"} and best.line.width > drawn.data[0].line.width
    assert best.line.color == BEST and drawn.data[0].line.color != color(1)  # the least energy is the best


def test_who_has_no_values_where_others_have_them_has_no_neurons_in_their_place():
    baseline, swept = (candidate(i, label)._replace(values={}, quantiles={}) for i, label in ((1, "LIF"), (2, "LNM")))
    read = OfSearch().read
    assert set(read(search([baseline, swept]), "").columns) == {"layer 1", "layer 2"}
    assert read(search([baseline, swept._replace(values={"degree": 3})]), "").columns == {"degree": ["none", 3]}


def test_of_many_dimensions_the_first_are_drawn():
    drawn = figure(Values({f"x{i}": [0.0, 1.0 + i] for i in range(9)}, [0.9, 0.8]))
    assert drawn.layout.xaxis.ticktext == ("x0", "x1", "x2", "x3", "x4", "x5", "score")
    assert "6 of the 9 values that differ" in drawn.layout.title.subtitle.text


def test_nearly_no_spread_takes_no_logarithm():
    drawn = figure(Values({"tau cv": [1e-5, 0.5, 1.0]}, [0.3, 0.2, 0.1]))
    assert sorted(line[0] for line in polylines(drawn)) == pytest.approx([0.0, 0.5, 1.0], abs=1e-4)


def test_many_layers_share_one_scale_of_neurons():
    columns = {str(i): ["SLIF", "LIF", "LIF"] if i % 2 else ["LIF", "SLIF", "PLIF"] for i in range(1, 18)}
    drawn = figure(Values(columns, [0.9, 0.8, 0.7]))
    *_, best = polylines(drawn)
    assert best == (*(i % 2 for i in range(1, 18)), 1.0)
    assert ticks(drawn, 0) == {"LIF": 0.0, "PLIF": 0.5, "SLIF": 1.0} and not ticks(drawn, 1)


def test_of_very_many_candidates_parallel_coordinates_draw_the_best():
    drawn = figure(Values({"a": list(range(5000))}, [1 - i / 5000 for i in range(5000)]))
    assert len(polylines(drawn)) == DRAWN
    assert f"the best {DRAWN} of 5000 candidates" in drawn.layout.title.subtitle.text


def test_ticks_have_the_digits_that_tell_them_apart():
    columns = {"depth": [1, 2, 5], "gain": [347.21, 347.22, 347.24]}
    drawn = figure(Values(columns, [0.9864, 0.9863, 0.9861]))
    assert ticks(drawn, 0) == pytest.approx({"1": 0.0, "2": math.log(2) / math.log(5), "5": 1.0})
    assert list(ticks(drawn, 1)) == ["347.21", "347.217", "347.225", "347.232", "347.24"]
    assert list(ticks(drawn, 2)) == ["98.610%", "98.618%", "98.625%", "98.633%", "98.640%"]


@pytest.mark.parametrize(("scores", "said"), [([0.9], "one candidate so far"), ([0.9, 0.8], "do not differ")])
def test_what_has_no_lines_says_why(scores, said):
    drawn = figure(Values({"gain": [1.0] * len(scores)}, scores))
    assert not drawn.data and said in drawn.layout.title.text
