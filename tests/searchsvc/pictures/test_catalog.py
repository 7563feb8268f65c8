"""Every picture of the catalog, as the contract asks, and the catalog itself."""

import pytest

from searchsvc.pictures import SUBJECTS, View, draw, offers, pictures
from searchsvc.testing.pictures import *  # noqa: F403
from searchsvc.testing.sources import PlainCandidates, PlainSearch, PlainTrial
from spaces import catalog
from spaces.errors import GoneError, NotFoundError


@pytest.fixture(params=sorted(catalog.members("searchsvc.pictures")))
def name(request):
    return request.param


def test_they_are_listed_in_their_places_and_those_of_plugins_behind():
    places = [picture.view.place for subject in SUBJECTS for picture in pictures(subject).values()]
    ordered = [p for subject in SUBJECTS for p in sorted(one.view.place for one in pictures(subject).values())]
    assert places == ordered and max(places) < View.place


def test_what_does_not_apply_is_refused_with_what_does():
    search = PlainSearch(pictures=(), dimensions={})
    with pytest.raises(
        NotFoundError, match="figure: got 'alpha', which this search does not have; it has best-so-far, "
    ):
        draw("search", search, "alpha")
    with pytest.raises(NotFoundError, match="of: got 'x'; pareto of this search are energy"):
        draw("search", search, "pareto", "x")
    with pytest.raises(NotFoundError, match="of: got 'x'; timeline of this search are one: leave of out"):
        draw("search", search, "timeline", "x")
    with pytest.raises(NotFoundError, match="figure: got 'layers', which these candidates do not have; they have cur"):
        draw("candidates", PlainCandidates(), "layers")


@pytest.mark.parametrize(("subject", "source"), [("trial", PlainTrial), ("candidates", PlainCandidates)])
def test_what_has_one_step_has_nothing_by_epoch(subject, source):
    assert "curves" in {offer.kind for offer in offers(subject, source(steps=2))}
    assert "curves" not in {offer.kind for offer in offers(subject, source(steps=1))}


def test_a_super_network_of_one_epoch_has_no_trajectories():
    ended = PlainSearch(has_ended=True, steps=(["lif", "slif"], {1: [[0.1, 0.2]]}))
    kinds = {offer.kind for offer in offers("search", ended)}
    assert "alpha" in kinds and "alpha-trajectories" not in kinds


class Archived(PlainTrial):
    def reports(self):
        raise GoneError("its reports were archived")


def test_what_is_archived_is_not_offered_and_drawing_it_says_where_it_is():
    kinds = {offer.kind for offer in offers("trial", Archived())}
    assert "layers" in kinds and "curves" not in kinds
    with pytest.raises(GoneError, match="archived"):
        draw("trial", Archived(), "curves")
