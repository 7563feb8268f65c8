"""The contract that every picture keeps, and what is special to this one."""

import pytest
from refractory_neurons.pictures.luck import OfSearch, figure

from searchsvc.pictures import Scored
from searchsvc.testing.pictures import *  # noqa: F403
from searchsvc.testing.sources import PlainSearch


@pytest.fixture(params=["luck"])
def name(request):
    return request.param


def test_leaders_lie_at_their_means():
    told = [Scored(0.0, score, label) for score, label in ((0.75, "a"), (0.25, "b"), (1.0, "a"))]
    search = PlainSearch(told=told, confirmed=[Scored(1.0, 0.5, "a"), Scored(2.0, 0.75, "a")])
    line, leaders = figure(OfSearch().read(search, "")).data
    assert (leaders.text, leaders.x, leaders.y) == (("a",), (0.875,), (0.625,))
    assert line.x == line.y == (0.625, 0.875)


def test_a_search_that_confirmed_nothing_has_none():
    assert OfSearch().applies(PlainSearch()) and not OfSearch().applies(PlainSearch(has_ended=True))
