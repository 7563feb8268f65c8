import pytest

from searchsvc.pictures import Complete
from searchsvc.pictures._drawing import DRAWN
from searchsvc.pictures.pareto import Values, figure


def complete(points):
    return [Complete(*point, time=0.0) for point in points]


def test_the_front_is_what_no_other_candidate_beats():
    points = [("a", 3e-9, 0.9), ("b", 4e-9, 0.8), ("c", 1e-9, 0.7), ("d", 2e-9, 0.6)]
    others, front = figure(Values(complete(points), "energy")).data
    assert front.text == ("a", "c") and front.x == pytest.approx((3.0, 1.0)) and front.y == (0.9, 0.7)
    assert others.text == ("b", "d")


@pytest.mark.parametrize("energy", [1e-9, -1e-9])
def test_of_very_many_candidates_some_are_drawn(energy):
    """All of them on the front, or all but one behind it."""
    points = [(str(i), 1.0 + energy * i, 1 - i / 1e5) for i in range(30_000)]
    others, front = figure(Values(complete(points), "energy")).data
    assert 1 <= len(front.x) <= DRAWN and len(others.x) <= DRAWN and front.text[0] == "0"
    assert len(front.x) == (1 if energy > 0 else DRAWN)
    assert len(figure(Values(complete(points), "energy")).to_json()) < 300_000
