"""The objective against another metric, and the front: candidates that no other equals in both and beats in one."""

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from searchsvc.metrics import fronts
from searchsvc.metrics.names import ACCURACY
from searchsvc.pictures._drawing import BEST, DRAWN, NEUTRAL, empty, new, scale, sign, spread
from searchsvc.pictures._source import Complete, Search
from searchsvc.pictures._tradeoff import Tradeoff, too_few


class Values(NamedTuple):
    points: Sequence[Complete]  # best score first
    other: str
    objective: str = ACCURACY


class OfSearch(Tradeoff):
    title = "Pareto front"
    place = 80

    def read(self, search: Search, of: str) -> Values:
        return Values(search.complete(of), of, search.objective)


def figure(values: Values) -> go.Figure:
    points, other, objective = values
    x, y = scale(other), scale(objective)
    if few := too_few(len(points), x.title):
        return empty(f"Pareto front: {few}")
    up, right = sign(objective), sign(other)
    leading = fronts.front([(up * p.score, right * p.value) for p in points])
    behind = sorted(set(range(min(len(points), DRAWN))) - set(leading))
    few = f"<br>{DRAWN} of each of {len(points)} candidates at most" if len(points) > DRAWN else ""
    figure = new("Pareto front", f"no candidate beats these in both{few}")
    for some, name, mark in (
        ([points[i] for i in behind], "others", {"color": NEUTRAL}),
        ([points[i] for i in spread(leading, DRAWN)], "front", {"color": BEST, "symbol": "diamond", "size": 10}),
    ):
        figure.add_scatter(
            x=[x.factor * p.value for p in some],
            y=[y.factor * p.score for p in some],
            text=[p.label for p in some],
            mode="lines+markers" if name == "front" else "markers",
            line={"shape": "vh", "color": BEST, "dash": "dot"},
            marker=mark,
            name=name,
        )
    return figure.update_layout(xaxis=x.axis, yaxis=y.axis)
