"""Pictures hold the numbers that they were given."""

import numpy as np
import pytest

from searchsvc import plots
from searchsvc.drawing import NEUTRAL


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


def test_distributions_are_drawn_by_score_the_best_last_and_those_without_one_grey():
    quantiles = {"best": [1.0, 2.0], "worst": [3.0, 4.0], "runs": [5.0, 6.0]}
    figure = plots.distributions("tau", [0.25, 0.75], quantiles, {"best": 0.9, "worst": 0.1})
    assert [trace.name for trace in figure.data] == ["runs", "worst: 0.1", "best: 0.9"]
    assert [list(trace.x) for trace in figure.data] == [[5.0, 6.0], [3.0, 4.0], [1.0, 2.0]]
    assert all(list(trace.y) == [0.25, 0.75] for trace in figure.data)
    colors = [trace.line.color for trace in figure.data]
    assert colors[0] == NEUTRAL and len(set(colors)) == 3


def test_without_distributions_the_picture_is_empty():
    assert plots.distributions("tau", [0.5], {}, {}).data == ()
