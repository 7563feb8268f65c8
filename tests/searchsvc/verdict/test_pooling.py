"""Which variances are pooled: Cochran's published critical values, and landscapes that are and are not alike."""

import numpy as np
import pytest

from searchsvc.strategy import Sample
from searchsvc.verdict.pooling import pool
from searchsvc.verdict.spread import Spread, spreads

# Cochran's C at 5 % (ISO 5725-2, table 4): by candidates, of 2, 3 and 5 values.
CRITICAL = {(5, 2): 0.841, (10, 2): 0.602, (20, 2): 0.389, (5, 3): 0.684, (10, 3): 0.445, (5, 5): 0.544, (10, 5): 0.331}


@pytest.mark.parametrize(("count", "values"), CRITICAL)
def test_cochrans_test_has_the_published_critical_values(count, values):
    share = CRITICAL[count, values]
    for step, is_alike in ((-0.002, True), (0.002, False)):
        rest = (1 - share - step) / (count - 1)
        found = pool({str(i): Spread(values - 1, rest if i else share + step) for i in range(count)})
        assert found is not None and (found.left_out == ()) == is_alike


def test_the_pooled_deviation_is_that_of_all_seeds_own_and_fresh():
    samples = [Sample("a", "sweep", (1.0, 3.0), confirmed=(2.0, 5.0)), Sample("b", "sweep", (1.0, 2.0, 6.0))]
    found = pool(spreads(samples))
    assert found is not None and found.freedom == 4
    assert found.deviation**2 == pytest.approx((2 + 4.5 + 14) / 4)


def test_more_than_a_tenth_that_vary_more_forbid_pooling():
    alike = {str(i): Spread(2, 1.0) for i in range(18)}
    two = pool({**alike, "x": Spread(2, 500.0), "y": Spread(2, 400.0)})
    assert two is not None and set(two.left_out) == {"x", "y"} and two.deviation == pytest.approx(0.5**0.5)
    assert pool({**alike, **{label: Spread(2, 20.0 ** (3 + i)) for i, label in enumerate("wxyz")}}) is None


def test_those_compared_may_not_vary_more_together():
    found = pool({**{str(i): Spread(2, 1.0) for i in range(20)}, "x": Spread(2, 8.0)})
    assert found is not None and found.takes(["0", "1"]) and not found.takes(["x", "0"])
    assert not found.takes(["unknown"])


def test_nothing_is_pooled_where_nothing_varies_or_one_alone_does():
    assert pool({}) is None and pool({"a": Spread(2, 1.0)}) is None
    assert pool({"a": Spread(2, 0.0), "b": Spread(1, 0.0)}) is None
    assert pool({"a": Spread(1, float("inf")), "b": Spread(1, float("inf"))}) is None
    assert Spread.of_scores((0.1 + 0.2, 0.3)) == (1, 0.0) == Spread.of(2, 0.3, 1e-33)


def test_rows_and_scores_say_the_same():
    scores = (0.3, 0.5, 0.45)
    squares = float(np.var(scores) * 3)
    assert Spread.of(3, float(np.mean(scores)), squares) == pytest.approx(Spread.of_scores(scores))
