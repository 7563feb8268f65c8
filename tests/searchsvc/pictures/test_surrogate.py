import pytest

from searchsvc.pictures.surrogate import Values, figure


def test_the_surrogate_has_its_interval_the_scores_and_what_is_drawn():
    direction = {
        "position": [0.0, 1.0],
        "mean": [0.1, 0.2],
        "sd": [0.05, 0.025],
        "quantiles": [list(range(16)), list(range(16, 32))],
        "candidates": [{"label": "a", "position": 0.5, "score": 0.14}],
        "explained": 0.75,
    }
    low, high, mean, points, *drawn = figure(Values("tau", direction)).data
    assert low.y == pytest.approx((0.002, 0.151)) and high.y == pytest.approx((0.198, 0.249)) and mean.y == (0.1, 0.2)
    assert (points.x, points.y, points.text) == ((0.5,), (0.14,), ("a",))
    assert [trace.y for trace in drawn] == [(5, 21), (10, 26), (7, 23), (8, 24)]
