"""Discretisation; ``test_presets.py`` compares it with the published architecture parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaces.errors import UserError
from spaces.networks import discretise

NAMES = ("lif", "llif", "slif")


def test_the_first_of_equals_wins():
    assert discretise([[1, 1, 1], [0, 2, 2], [3, 0, 3]]) == ("lif", "llif", "lif")


@given(st.lists(st.permutations([-1.5, 0.25, 3.0]), max_size=8))
def test_the_chosen_candidate_has_the_largest_value(alpha):
    chosen = discretise(alpha)
    assert [row[NAMES.index(name)] for row, name in zip(alpha, chosen, strict=True)] == [3.0] * len(alpha)


def test_other_candidates_are_named_by_the_caller():
    assert discretise([[0, 1], [1, 0]], ("a", "b")) == ("b", "a")


@pytest.mark.parametrize("row", [[0.0, 1.0], [0.0, 1.0, 2.0, 3.0], [0.0, float("nan"), 1.0], [0.0, float("inf"), 1.0]])
def test_a_row_of_wrong_width_or_not_finite_is_refused(row):
    with pytest.raises(UserError) as caught:
        discretise([[0.0, 1.0, 2.0], row])
    said = str(caught.value)
    assert "layer 1" in said
    assert str(row) in said
    assert "one finite number for each of lif, llif, slif" in said
