"""Pictures of a search, of a trial and of candidates side by side, for page, notebook and file alike.

The catalog is this folder: ``pareto.py`` is the picture ``pareto``, and a plugin's folder ``pictures/`` adds its own. A
file has a function that draws plain values, and says by a class where they come from::

    class OfSearch(View[Search]):                    # also, or instead, OfTrial(View[Trial]), OfCandidates
        title = "Pareto front"

        def applies(self, search: Search) -> bool:   # is there such a picture?
        def choices(self, search: Search) -> Sequence[str]:  # of what?
        def read(self, search: Search, of: str) -> Values:   # what it shows

    def figure(values: Values) -> plotly.graph_objects.Figure

Nothing to draw gives an `empty` figure whose title says what is missing. A score is the objective's value of a trial,
or its mean over a candidate's seeds. Files see neither SQL nor torch, nor each other.
"""

import importlib
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

import plotly.graph_objects as go

from searchsvc.metrics.names import current
from searchsvc.pictures._drawing import Theme, dressed, empty, new, scale, themed
from searchsvc.pictures._saving import check, save
from searchsvc.pictures._small import HEIGHT, WIDTH, Curves, small
from searchsvc.pictures._source import (
    Alphas,
    Bar,
    Candidate,
    Candidates,
    Complete,
    Layer,
    Learned,
    Runs,
    Scored,
    Search,
    Trial,
)
from searchsvc.pictures._view import View
from spaces import catalog, plugins
from spaces.errors import GoneError, NotFoundError, UserError, got

__all__ = [
    "HEIGHT",
    "SUBJECTS",
    "WIDTH",
    "Alphas",
    "Bar",
    "Candidate",
    "Candidates",
    "Complete",
    "Curves",
    "Layer",
    "Learned",
    "Offer",
    "Picture",
    "Runs",
    "Scored",
    "Search",
    "Subject",
    "Theme",
    "Trial",
    "View",
    "check",
    "draw",
    "dressed",
    "empty",
    "new",
    "offers",
    "pictures",
    "save",
    "scale",
    "small",
    "themed",
]

Subject = Literal["search", "trial", "candidates"]
SUBJECTS: tuple[Subject, ...] = get_args(Subject)
VIEWS: dict[Subject, str] = {"search": "OfSearch", "trial": "OfTrial", "candidates": "OfCandidates"}
NOUNS: dict[Subject, tuple[str, str]] = {
    "search": ("this search", "does not have; it has"),
    "trial": ("this trial", "does not have; it has"),
    "candidates": ("these candidates", "do not have; they have"),
}

log = logging.getLogger("searchsvc")


@dataclass(frozen=True)
class Picture:
    """A member of the catalog, as a picture of one subject."""

    package: str  # ours, or a plugin's
    view: View[Any]
    figure: Callable[[Any], go.Figure]

    def offered(self, source: Any) -> Sequence[str] | None:
        """What it can be drawn of, empty where there is no choice; None if it does not apply.

        Raises:
            GoneError: what it needs is archived.
        """
        with self._blamed():
            return self.view.choices(source) if self.view.applies(source) else None

    def draw(self, source: Any, of: str) -> go.Figure:
        """Of one of the choices, or of the first."""
        with self._blamed():
            return self.figure(self.view.read(source, of))

    def _blamed(self) -> AbstractContextManager[None]:
        return nullcontext() if self.package == __name__ else plugins.blamed(self.package)


@dataclass(frozen=True)
class Offer:
    """A picture that applies."""

    kind: str
    title: str
    of: Sequence[str]


@cache
def pictures(subject: Subject) -> dict[str, Picture]:
    """Those that there are of a search, a trial or candidates, by kind, in their order on a page."""
    found: dict[str, Picture] = {}
    for name, package in catalog.members(__name__).items():  # ours come first, and none takes a kind from them
        module = importlib.import_module(f"{package}.{name}")
        if view := getattr(module, VIEWS[subject], None):
            found.setdefault(view.kind or name.replace("_", "-"), Picture(package, view(), module.figure))
    return dict(sorted(found.items(), key=lambda item: (item[1].view.place, item[0])))


def offers(subject: Subject, source: Any) -> list[Offer]:
    """The pictures that apply to a source; what is archived is not offered, nor what a plugin fails to say."""
    found = []
    for kind, picture in pictures(subject).items():
        try:
            of = picture.offered(source)
        except GoneError:
            continue
        except UserError as error:
            log.warning("%s; its picture %s is left out", error, kind)
            continue
        if of is not None:
            found.append(Offer(kind, picture.view.title, of))
    return found


def draw(subject: Subject, source: Any, kind: str, of: str = "") -> go.Figure:
    """A picture of a source; without `of` the first that there is to choose.

    Raises:
        NotFoundError: it does not apply, or there is no such choice.
        GoneError: what it needs is archived.
    """
    picture = pictures(subject).get(kind)
    choices = picture.offered(source) if picture else None
    noun, lacks = NOUNS[subject]
    if picture is None or choices is None:
        others = ", ".join(offer.kind for offer in offers(subject, source))
        raise NotFoundError(f"figure: got {got(kind)}, which {noun} {lacks} {others}")
    of = of if of in choices else current(of)
    if of and of not in choices and not picture.view.is_open:
        allowed = ", ".join(choices) or "one: leave of out"
        raise NotFoundError(f"of: got {got(of)}; {kind} of {noun} are {allowed}")
    return picture.draw(source, of or next(iter(choices), ""))
