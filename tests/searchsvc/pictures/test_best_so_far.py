import random

import pytest

from searchsvc.pictures import Scored
from searchsvc.pictures.best_so_far import Values, figure


def told(scores, seeds=2):
    return [Scored(*score, seeds) for score in scores]


def test_the_best_so_far_goes_the_objectives_way():
    scores = [(60.0, 3e-7, "a"), (120.0, 5e-7, "b"), (180.0, 2e-7, "a"), (240.0, 1e-7, "b")]
    drawn = figure(Values(0.0, told(scores), "energy"))
    assert drawn.data[1].x == (3.0, 4.0) and drawn.data[1].y == pytest.approx((250.0, 250.0))
    assert drawn.layout.yaxis.title.text == "energy (nJ)"
    assert drawn.data[2].y == pytest.approx((200.0, 200.0)) and drawn.data[3].y == pytest.approx((300.0, 300.0))


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
    line, low, high = figure(Values(0.0, told(scores))).data[1:]
    assert len(line.x) > 3 and line.x[-1] == 39
    for minute, mean, least, most in zip(line.x, line.y, low.y, high.y, strict=True):
        best = expected[round(minute)]
        assert (mean, least, most) == pytest.approx((sum(best) / 2, min(best), max(best)))
    changes = [i for i in range(1, 40) if expected[i] != expected[i - 1]]
    assert list(line.x[:-1]) == changes


def test_later_trials_on_fresh_seeds_are_drawn_apart():
    values = Values(0.0, told([(60.0, 0.8, "a")], 1), confirmed=told([(120.0, 0.7, "a")]))
    drawn = figure(values).data
    assert drawn[-1].name == "on a fresh seed" and drawn[-1].y == (0.7,)
    assert drawn[1].y == (0.8, 0.8)
