"""The area that the Pareto front dominates, over time, as a share of the box from the worst values to the best."""

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from searchsvc.metrics import fronts
from searchsvc.metrics.names import ACCURACY
from searchsvc.pictures._drawing import MINUTES, PERCENT, empty, minutes, new, scale, sign, style
from searchsvc.pictures._source import Complete, Search
from searchsvc.pictures._tradeoff import Tradeoff, too_few


class Values(NamedTuple):
    started: float  # the search, in seconds since 1970
    points: Sequence[Complete]  # in the order in which they had all their seeds
    other: str
    objective: str = ACCURACY


class OfSearch(Tradeoff):
    title = "Hypervolume over time"
    place = 90

    def read(self, search: Search, of: str) -> Values:
        points = sorted(search.complete(of), key=lambda p: (p.time, p.value, p.score))
        return Values(search.started, points, of, search.objective)


def figure(values: Values) -> go.Figure:
    started, points, other, objective = values
    if few := too_few(len(points), scale(other).title):
        return empty(f"Hypervolume: {few}")
    signed = [(sign(objective) * p.score, sign(other) * p.value) for p in points]
    worst = min(p[0] for p in signed), min(p[1] for p in signed)
    box = (max(p[0] for p in signed) - worst[0]) * (max(p[1] for p in signed) - worst[1])
    grown = [area / (box or 1.0) for area in fronts.growth(signed, worst)]
    changed = [i for i in range(len(grown)) if i in (0, len(grown) - 1) or grown[i] > grown[i - 1]]
    figure = new("Hypervolume", "share of the box from worst to best of both metrics")
    figure.add_scatter(
        x=minutes(started, [points[i].time for i in changed]),
        y=[grown[i] for i in changed],
        mode="lines+markers",
        line={**style(0), "shape": "hv"},
    )
    return figure.update_layout(
        xaxis=MINUTES,
        yaxis={"title": {"text": "hypervolume (%)"}, "tickformat": PERCENT, "range": [0, 1]},
    )
