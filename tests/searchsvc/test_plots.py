"""Pictures hold the numbers that they were given, or hand-made ones that follow from them."""

import inspect
import json
import random
import re

import numpy as np
import plotly.graph_objects as go
import pytest

from searchsvc import plots
from searchsvc.drawing import BEST, DRAWN, NEUTRAL, PALETTE, TEMPLATES, color, diverging


@pytest.mark.parametrize("bound", [1.0, 5.0])
def test_polynomials_are_drawn_over_the_bounding_interval_beside_lif(bound):
    layers = {0: [0.25, 0.5, -1.0], 2: [0.1, 0.0, 0.3]}
    *drawn, lif = plots.polynomials("LNM degree 3", layers, bound, lif=0.25).data
    assert [trace.name for trace in drawn] == ["layer 1", "layer 3"]
    for trace, theta in zip(drawn, layers.values(), strict=True):
        assert (min(trace.x), max(trace.x)) == (-bound, bound)
        assert trace.y == pytest.approx(np.polyval([*reversed(theta), 0.0], np.array(trace.x)))
    assert lif.line.dash == "dash" and lif.y == pytest.approx([0.25 * u for u in lif.x])


def test_without_polynomials_the_picture_is_empty():
    assert plots.polynomials("", {}, 1.0, lif=0.25).data == ()


def test_the_best_so_far_goes_the_objectives_way():
    scores = [(60.0, 3e-7, "a"), (120.0, 5e-7, "b"), (180.0, 2e-7, "a"), (240.0, 1e-7, "b")]
    figure = plots.best_so_far(0.0, scores, seeds=2, metric="energy")
    assert figure.data[1].x == (3.0, 4.0) and figure.data[1].y == pytest.approx((250.0, 250.0))
    assert figure.layout.yaxis.title.text == "energy (nJ)"
    assert figure.data[2].y == pytest.approx((200.0, 200.0)) and figure.data[3].y == pytest.approx((300.0, 300.0))


def test_the_best_so_far_is_that_of_a_search_through_all_candidates_after_each_trial():
    draw = random.Random(0)
    labels = [str(i // 2) for i in range(40)]
    draw.shuffle(labels)
    scores = [(60.0 * i, draw.random(), label) for i, label in enumerate(labels)]
    expected, found = [], {}
    for _, score, label in scores:
        found.setdefault(label, []).append(score)
        complete = [v for v in found.values() if len(v) == 2]
        expected.append(max(complete, key=lambda v: sum(v)) if complete else None)
    line, low, high = plots.best_so_far(0.0, scores, seeds=2).data[1:]
    assert len(line.x) > 3 and line.x[-1] == 39
    for minute, mean, least, most in zip(line.x, line.y, low.y, high.y, strict=True):
        best = expected[round(minute)]
        assert (mean, least, most) == pytest.approx((sum(best) / 2, min(best), max(best)))
    changes = [i for i in range(1, 40) if expected[i] != expected[i - 1]]
    assert list(line.x[:-1]) == changes


def test_later_trials_on_fresh_seeds_are_drawn_apart():
    figure = plots.best_so_far(0.0, [(60.0, 0.8, "a")], 1, confirmed=[(120.0, 0.7, "a")])
    assert figure.data[-1].name == "on a fresh seed" and figure.data[-1].y == (0.7,)
    assert figure.data[1].y == (0.8, 0.8)


def test_distributions_are_drawn_by_score_the_best_last_and_those_without_one_grey():
    many = {f"point {i}": [10.0 + i, 20.0 + i] for i in range(len(PALETTE))}
    quantiles = {"best": [1.0, 2.0], "worst": [3.0, 4.0], **many}
    figure = plots.distributions("tau", [0.25, 0.75], quantiles, {"best": 0.9, "worst": 0.1})
    *drawn, bar = figure.data
    assert [trace.name for trace in drawn[-2:]] == ["worst: 0.1", "best: 0.9"] and len(drawn) == len(quantiles)
    assert [(trace.x[0], trace.x[-1]) for trace in drawn[-2:]] == [(3.0, 4.0), (1.0, 2.0)]
    assert all((trace.y[0], trace.y[-1]) == (0.25, 0.75) for trace in drawn)
    assert bar.x == (None,) and (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (0.1, 0.9)
    assert drawn[-1].mode == "lines+markers" and drawn[0].mode == drawn[-2].mode == "lines"
    colors = [trace.line.color for trace in drawn]
    assert set(colors[:-2]) == {NEUTRAL} and len({*colors}) == 3
    low, high = figure.layout.xaxis.range
    assert low < 1.0 and high > 20.0 + len(many) - 1


def test_few_distributions_have_a_colour_each_even_of_equal_scores():
    figure = plots.distributions("tau", [0.25, 0.75], {c: [1.0, 2.0] for c in "ABC"}, dict.fromkeys("ABC", 0.5))
    assert {trace.name[0]: trace.line.color for trace in figure.data} == dict(zip("ABC", PALETTE, strict=False))


@pytest.mark.parametrize("count", range(1, 30))
def test_colours_of_scores_are_whole_numbers(count):
    """plotly.js refuses 7e-15."""
    for share in (i / count for i in range(count + 1)):
        for drawn in (color(share), diverging(share)[0]):
            assert re.fullmatch(r"rgb\(\d+, \d+, \d+\)", drawn)


def test_without_distributions_the_picture_is_empty():
    assert plots.distributions("tau", [0.5], {}, {}).data == ()


def test_alpha_has_a_frame_for_every_epoch_that_its_slider_names():
    steps = {1: [[0.1, 0.2], [0.4, 0.3]], 2: [[0.5, 0.2], [0.1, 0.6]]}
    figure = plots.alpha_heat_map(["lif", "slif"], steps)
    (heat,) = figure.data
    assert heat.y == ("LIF", "SLIF") and heat.x == ("1", "2") and (heat.zmin, heat.zmax) == (0.1, 0.6)
    assert [list(row) for row in heat.z] == np.array(steps[2]).T.tolist()
    assert [["★" in cell for cell in row] for row in heat.text] == [[True, False], [False, True]]
    assert [frame.name for frame in figure.frames] == [step.args[0][0] for step in figure.layout.sliders[0].steps]
    for frame in figure.frames:
        assert [list(row) for row in frame.data[0].z] == np.array(steps[int(frame.name)]).T.tolist()
        assert frame.layout.title.text.endswith(f"epoch {frame.name}")


def test_of_very_many_epochs_the_slider_has_some_with_the_first_and_the_last():
    frames = plots.alpha_heat_map(["lif", "slif"], {e: [[0.0, e]] for e in range(1, 301)}).frames
    assert len(frames) == plots.EPOCHS and (frames[0].name, frames[-1].name) == ("1", "300")


def test_trajectories_have_a_small_picture_for_each_layer():
    alpha = np.random.default_rng(0).normal(size=(6, 5, 2))  # epochs x layers x candidates
    figure = plots.alpha_trajectories(["lif", "slif"], {e + 1: alpha[e].tolist() for e in range(6)})
    assert len(figure.data) == 10 and len({trace.xaxis for trace in figure.data}) == 5
    for i, trace in enumerate(figure.data):
        assert trace.x == (1, 2, 3, 4, 5, 6) and trace.y == pytest.approx(alpha[:, i // 2, i % 2])
    assert [trace.showlegend for trace in figure.data] == [True] * 2 + [False] * 8


def test_degrees_have_intervals_and_the_baseline_a_band():
    figure = plots.degrees({"clip1": {3: (0.8, 0.02), 1: (0.7, None)}, "tanh": {1: (0.75, 0.1)}}, {"LIF": (0.6, 0.05)})
    clip1, tanh, lif = figure.data
    assert clip1.y == (0.7, 0.8) and clip1.error_y.array == (0.0, 0.02)
    assert [round(x) for x in clip1.x] == [1, 3] and clip1.x[0] < tanh.x[0]
    (band,) = figure.layout.shapes
    assert (band.y0, band.y1) == pytest.approx((0.55, 0.65)) and lif.y == (0.6, 0.6)


def test_the_surrogate_has_its_interval_the_scores_and_what_is_drawn():
    direction = {
        "position": [0.0, 1.0],
        "mean": [1.0, 2.0],
        "sd": [0.5, 0.25],
        "quantiles": [list(range(16)), list(range(16, 32))],
        "candidates": [{"label": "a", "position": 0.5, "score": 1.4}],
        "explained": 0.75,
    }
    low, high, mean, points, *drawn = plots.surrogate("tau", direction).data
    assert low.y == pytest.approx((0.02, 1.51)) and high.y == pytest.approx((1.98, 2.49)) and mean.y == (1.0, 2.0)
    assert (points.x, points.y, points.text) == ((0.5,), (1.4,), ("a",))
    assert [trace.y for trace in drawn] == [(5, 21), (10, 26), (7, 23), (8, 24)]


def test_the_front_is_what_no_other_candidate_beats():
    points = [("a", 3e-9, 0.9), ("b", 4e-9, 0.8), ("c", 1e-9, 0.7), ("d", 2e-9, 0.6)]
    others, front = plots.pareto(points, "energy").data
    assert front.text == ("a", "c") and front.x == pytest.approx((3.0, 1.0)) and front.y == (0.9, 0.7)
    assert others.text == ("b", "d")


@pytest.mark.parametrize("energy", [1e-9, -1e-9])
def test_of_very_many_candidates_some_are_drawn(energy):
    """All of them on the front, or all but one behind it."""
    points = [(str(i), 1.0 + energy * i, 1 - i / 1e5) for i in range(30_000)]
    others, front = plots.pareto(points, "energy").data
    assert 1 <= len(front.x) <= DRAWN and len(others.x) <= DRAWN and front.text[0] == "0"
    assert len(front.x) == (1 if energy > 0 else DRAWN)
    assert len(plots.pareto(points, "energy").to_json()) < 300_000


def test_the_hypervolume_grows_to_the_share_of_the_box():
    points = [(60.0, 3.0, 1.0), (120.0, 1.0, 0.0), (180.0, 2.0, 0.5), (240.0, 3.0, 0.2)]
    (line,) = plots.hypervolume(0.0, points, "parameters").data
    assert line.x == (1.0, 3.0, 4.0) and line.y == pytest.approx((0.0, 0.25, 0.25))


def polylines(figure):
    """Every candidate's places on the axes, the best one last."""
    found = []
    for trace in figure.data:
        width = trace.x.index(None) + 1
        assert all(trace.x[i : i + width] == (*range(width - 1), None) for i in range(0, len(trace.x), width))
        found += [trace.y[i : i + width - 1] for i in range(0, len(trace.x), width)]
    return found


def ticks(figure, axis):
    return {a.text: a.y for a in figure.layout.annotations if a.x == axis}


def test_parallel_coordinates_name_choices_and_take_logarithms_of_wide_ranges():
    columns = {"cell": ["rate", "lif", "rate"], "gain": [0.01, 1.0, 100.0], "reach": [1.0, 2.0, 5.0], "same": [0] * 3}
    figure = plots.parallel(columns, [3e-9, 4e-9, 5e-9], "energy", ["a", "b", "c"])
    assert polylines(figure) == [
        pytest.approx((1.0, 1.0, 1.0, 1.0)),
        pytest.approx((0.0, 0.5, 0.25, 0.5)),
        pytest.approx((1.0, 0.0, 0.0, 0.0)),
    ]
    assert figure.layout.xaxis.ticktext == ("cell", "gain", "reach", "score")  # without what is the same
    assert ticks(figure, 0) == {"lif": 0.0, "rate": 1.0}
    assert ticks(figure, 1) == pytest.approx({"0.01": 0.0, "0.1": 0.25, "1": 0.5, "10": 0.75, "100": 1.0})
    assert ticks(figure, 3) == pytest.approx({"3": 0, "3.5": 0.25, "4": 0.5, "4.5": 0.75, "5": 1})
    *_, best = figure.data
    assert set(best.text) == {"a"} and best.line.width > figure.data[0].line.width
    assert best.line.color == BEST and figure.data[0].line.color != color(1)  # the least energy is the best


def test_of_many_dimensions_the_first_are_drawn():
    figure = plots.parallel({f"x{i}": [0.0, 1.0 + i] for i in range(9)}, [0.9, 0.8])
    assert figure.layout.xaxis.ticktext == ("x0", "x1", "x2", "x3", "x4", "x5", "score")
    assert "6 of the 9 values that differ" in figure.layout.title.subtitle.text


def test_nearly_no_spread_takes_no_logarithm():
    figure = plots.parallel({"tau cv": [1e-5, 0.5, 1.0]}, [0.3, 0.2, 0.1])
    assert sorted(line[0] for line in polylines(figure)) == pytest.approx([0.0, 0.5, 1.0], abs=1e-4)


def test_many_layers_share_one_scale_of_neurons():
    columns = {str(i): ["SLIF", "LIF", "LIF"] if i % 2 else ["LIF", "SLIF", "PLIF"] for i in range(1, 18)}
    figure = plots.parallel(columns, [0.9, 0.8, 0.7])
    *_, best = polylines(figure)
    assert best == (*(i % 2 for i in range(1, 18)), 1.0)
    assert ticks(figure, 0) == {"LIF": 0.0, "PLIF": 0.5, "SLIF": 1.0} and not ticks(figure, 1)


def test_of_very_many_candidates_parallel_coordinates_draw_the_best():
    figure = plots.parallel({"a": list(range(5000))}, [1 - i / 5000 for i in range(5000)])
    assert len(polylines(figure)) == DRAWN
    assert f"the best {DRAWN} of 5000 candidates" in figure.layout.title.subtitle.text


def test_importance_is_ranked_with_its_deviations():
    rows = [{"name": "a", "mean": 0.1, "sd": 0.02}, {"name": "b", "mean": 0.5, "sd": 0.1}]
    (bars,) = plots.importance(rows).data
    assert (bars.y, bars.x, bars.error_x.array) == (("a", "b"), (0.1, 0.5), (0.02, 0.1))


def test_layers_have_energy_and_firing_rate():
    layers = [plots.Layer("layers.0.synapse", 2e-9, None), plots.Layer("lif", 1e-9, 0.25)]
    energy, rate = plots.layer_costs({"searched": layers}).data
    assert (
        energy.x == pytest.approx((2.0, 1.0))
        and rate.x == (None, 0.25)
        and energy.y == rate.y == ("layer 1, synapse", "lif")
    )


def test_trials_lie_in_their_workers_lanes_and_running_ones_reach_up_to_now():
    bars = [
        plots.Bar("node/1", 0, "a", "retrain", 60.0, 120.0),
        plots.Bar(None, 1, "a", "failed", 60.0, 90.0),
        plots.Bar("node/1", 2, "b", "running", 120.0, None),
    ]
    figure = plots.timeline(0.0, 240.0, bars, total=7)
    found = {trace.name: (trace.y[0], trace.base[0], trace.x[0]) for trace in figure.data}
    assert found == {
        "retrain": ("node/1", 1.0, 1.0),
        "running": ("node/1", 2.0, 2.0),
        "failed": ("not known", 1.0, 0.5),
    }
    assert all(trace.customdata == trace.x for trace in figure.data)  # plotly's x of a bar with a base is its end
    assert len({trace.marker.pattern.shape for trace in figure.data}) == 3  # not by colour alone
    assert figure.layout.title.subtitle.text == "the last attempt of each trial<br>the latest 3 of 7 trials"


def test_cancelled_trials_look_like_no_others():
    every = [plots.Bar("a", i, "x", what, 0.0, 1.0) for i, what in enumerate(plots.PHASES)]
    looks = {(t.marker.color, t.marker.pattern.shape) for t in plots.timeline(0.0, 2.0, every).data}
    assert len(looks) == len(plots.PHASES)


def test_curves_have_a_line_a_trial_and_a_colour_and_dash_a_candidate():
    figure = plots.curves("train_loss", {"a": [[3.0, 2.0], [3.5, 1.0, 0.5]], "b": [[2.0]]})
    assert [(trace.name, trace.x, trace.y) for trace in figure.data] == [
        ("a", (1, 2), (3.0, 2.0)),
        ("a", (1, 2, 3), (3.5, 1.0, 0.5)),
        ("b", (1,), (2.0,)),
    ]
    looks = [(trace.line.color, trace.line.dash, trace.showlegend) for trace in figure.data]
    assert looks[0][:2] == looks[1][:2] != looks[2][:2] and [look[2] for look in looks] == [True, False, True]


NOTHING = {
    "alpha_heat_map": ([], {}),
    "alpha_trajectories": ([], {}),
    "best_so_far": (0.0, [], 3),
    "curves": ("train_loss", {"a": [[]]}),
    "degrees": ({}, {}),
    "distributions": ("tau", [0.5], {}, {}),
    "hypervolume": (0.0, [], "energy"),
    "importance": ([],),
    "layer_costs": ({"a": []},),
    "parallel": ({}, []),
    "pareto": ([], "energy"),
    "polynomials": ("", {}, 1.0, 0.25),
    "surrogate": ("tau", None),
    "timeline": (0.0, 0.0, []),
}


def test_without_anything_to_draw_the_title_says_what_is_missing():
    drawing = {n for n in plots.__all__ if inspect.isfunction(getattr(plots, n))} - {"themed"}
    assert drawing == NOTHING.keys()
    for name, arguments in NOTHING.items():
        figure = getattr(plots, name)(*arguments)
        assert figure.data == () and figure.layout.title.text.endswith(" yet")


@pytest.mark.parametrize(("theme", "back"), [("light", (255, 255, 255)), ("dark", (20, 23, 28))])
def test_colours_stand_out_from_the_page(theme, back):
    """At least 2:1, the least that a line of this width needs beside its dash; text 7:1 (WCAG's relative luminance)."""

    def luminance(rgb):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb)]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    def contrast(rgb):
        lighter, darker = sorted((luminance(rgb), luminance(back)), reverse=True)
        return (lighter + 0.05) / (darker + 0.05)

    def of_hex(code):
        return tuple(int(code[i : i + 2], 16) for i in (1, 3, 5))

    def of_rgb(code):
        return tuple(float(part) for part in code.removeprefix("rgb(").removesuffix(")").split(","))

    assert all(contrast(of_hex(c)) >= 2 for c in (*PALETTE, NEUTRAL))
    assert all(contrast(of_rgb(color(share / 10))) >= 2 for share in range(11))
    assert contrast(of_hex(TEMPLATES[theme].layout.font.color)) >= 7
    figure = plots.themed(plots.importance([{"name": "a", "mean": 1, "sd": 0}]), theme)
    assert figure.layout.template.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert go.Figure(json.loads(figure.to_json())).layout.template == TEMPLATES[theme]
