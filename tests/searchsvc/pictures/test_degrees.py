import pytest

from searchsvc.pictures.degrees import Values, figure


def test_degrees_have_intervals_and_the_baseline_a_band():
    lines = {"clip1": {3: (0.8, 0.02), 1: (0.7, None)}, "tanh": {1: (0.75, 0.1)}}
    drawn = figure(Values(lines, {"LIF": (0.6, 0.05)}))
    clip1, tanh, lif = drawn.data
    assert clip1.y == (0.7, 0.8) and clip1.error_y.array == pytest.approx((0.0, 0.02))
    assert [round(x) for x in clip1.x] == [1, 3] and clip1.x[0] < tanh.x[0]
    (band,) = drawn.layout.shapes
    assert (band.y0, band.y1) == pytest.approx((0.55, 0.65)) and lif.y == (0.6, 0.6)


def test_bars_end_where_shares_do():
    (line,) = figure(Values({"": {1: (0.99, 0.05)}}, {})).data
    assert line.error_y.array == pytest.approx((0.01,)) and line.error_y.arrayminus == pytest.approx((0.05,))
