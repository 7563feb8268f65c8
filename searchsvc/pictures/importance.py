"""How much the expected score depends on each parameter; bars end at the mean, whiskers are one standard deviation."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from searchsvc.pictures._drawing import NEUTRAL, PALETTE, empty, new
from searchsvc.pictures._source import Search
from searchsvc.pictures._view import View


class Values(NamedTuple):
    rows: Sequence[Mapping[str, Any]]  # of the search's insight: name, mean, sd


class OfSearch(View[Search]):
    title = "Importance of parameters"
    place = 110

    def applies(self, search: Search) -> bool:
        """Before the search's end also where it will be computed."""
        expected = bool(search.dimensions) and not search.has_ended
        return expected or bool(search.insight.get("importance"))

    def read(self, search: Search, of: str) -> Values:
        return Values(search.insight.get("importance") or ())


def figure(values: Values) -> go.Figure:
    if not values.rows:
        return empty("Importance of parameters: nothing has been fitted yet")
    ranked = sorted(values.rows, key=lambda row: float(row["mean"]))
    figure = new("Importance of parameters", "whiskers: one standard deviation", height=140 + 32 * len(ranked))
    figure.add_bar(
        orientation="h",
        y=[row["name"] for row in ranked],
        x=[row["mean"] for row in ranked],
        error_x={"array": [row["sd"] for row in ranked], "width": 4, "color": NEUTRAL},
        marker={"color": PALETTE[0]},
    )
    return figure.update_layout(xaxis={"title": {"text": "importance"}, "rangemode": "tozero"})
