from searchsvc.pictures._drawing import NEUTRAL, PALETTE
from searchsvc.pictures.distributions import Values, figure


def test_distributions_are_drawn_by_score_the_best_last_and_those_without_one_grey():
    many = {f"point {i}": [10.0 + i, 20.0 + i] for i in range(len(PALETTE))}
    quantiles = {"best": [1.0, 2.0], "worst": [3.0, 4.0], **many}
    made = figure(Values("tau", quantiles, {"best": 0.9, "worst": 0.1}, shares=[0.25, 0.75]))
    *drawn, bar = made.data
    assert [trace.name for trace in drawn[-2:]] == ["worst: 0.1", "best: 0.9"] and len(drawn) == len(quantiles)
    assert [(trace.x[0], trace.x[-1]) for trace in drawn[-2:]] == [(3.0, 4.0), (1.0, 2.0)]
    assert all((trace.y[0], trace.y[-1]) == (0.25, 0.75) for trace in drawn)
    assert bar.x == (None,) and (made.layout.coloraxis.cmin, made.layout.coloraxis.cmax) == (0.1, 0.9)
    assert drawn[-1].mode == "lines+markers" and drawn[0].mode == drawn[-2].mode == "lines"
    colors = [trace.line.color for trace in drawn]
    assert set(colors[:-2]) == {NEUTRAL} and len({*colors}) == 3
    low, high = (10**end for end in made.layout.xaxis.range)  # positive parameters are logarithmic
    assert made.layout.xaxis.type == "log" and low < 1.0 and high > 20.0 + len(many) - 1


def test_few_distributions_have_a_colour_each_even_of_equal_scores():
    quantiles = {name: [1.0, 2.0] for name in "ABC"}
    made = figure(Values("tau", quantiles, dict.fromkeys("ABC", 0.5), shares=[0.25, 0.75]))
    assert {trace.name[0]: trace.line.color for trace in made.data} == dict(zip("ABC", PALETTE, strict=False))


def test_what_may_be_below_0_has_a_linear_axis():
    made = figure(Values("gain", {"a": [-1.0, 2.0], "b": [1.0, 2.0]}, {}, shares=[0.25, 0.75]))
    low, high = made.layout.xaxis.range
    assert made.layout.xaxis.type == "linear" and low < -1.0 and high > 2.0
