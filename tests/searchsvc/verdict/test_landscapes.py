"""Verdicts on searches whose truth is known: where all candidates are equal each statement is wrong in at most 5 %."""

import pytest
from scipy import stats

from tests.searchsvc.verdict.landscapes import power, rates

SEARCHES = 120
STATEMENTS = ("winner against baseline", "any against baseline", "a best leader left out", "a best of all left out")


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_each_statement_is_wrong_in_one_of_twenty_null_searches_at_most(seeds):
    found = rates("variances alike", seeds, SEARCHES)
    most = stats.binom.ppf(0.999, SEARCHES, 0.05) / SEARCHES
    assert {name: rate for name, rate in found.items() if name in STATEMENTS and rate > most} == {}
    assert found["pooled"] > 0.9 and found.get("one alone is best", 0.0) <= most


def test_without_fresh_seeds_the_winner_is_corrected_for_its_choice():
    found = rates("variances alike", 2, SEARCHES, fresh=False)
    assert found.get("winner against baseline", 0.0) <= stats.binom.ppf(0.999, SEARCHES, 0.05) / SEARCHES


def test_two_seeds_see_a_difference_of_three_deviations():
    """Welch's test with Holm's correction over 19 others finds it in none of 100 searches."""
    assert power(3.0, 2, 40) > 0.6
