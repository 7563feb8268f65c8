"""What leaders scored on the seeds that chose them, against what they score on fresh ones.

Below the line lies who was lucky: the best of many noisy means is too good.
"""

from collections.abc import Mapping, Sequence
from statistics import mean
from typing import NamedTuple

import plotly.graph_objects as go

from searchsvc.pictures import Scored, Search, View, empty, new, scale


class Values(NamedTuple):
    own: Mapping[str, float]  # mean scores of the leaders, by their labels
    fresh: Mapping[str, float]
    objective: str


class OfSearch(View[Search]):
    title = "Luck of the leaders"

    def applies(self, search: Search) -> bool:
        return not search.has_ended or bool(search.scores("confirm"))

    def read(self, search: Search, of: str) -> Values:
        own, fresh = (_means(search.scores(phase)) for phase in ("retrain", "confirm"))
        return Values({label: own[label] for label in fresh if label in own}, fresh, search.objective)


def _means(scores: Sequence[Scored]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for trial in scores:
        found.setdefault(trial.label, []).append(trial.score)
    return {label: mean(own) for label, own in found.items()}


def figure(values: Values) -> go.Figure:
    if not values.own:
        return empty("Luck of the leaders: none has run again yet")
    axis = scale(values.objective)
    own, fresh = ([axis.factor * means[label] for label in values.own] for means in (values.own, values.fresh))
    ends = [min(own + fresh), max(own + fresh)]
    figure = new("Luck of the leaders", "on the line: as good on fresh seeds")
    figure.add_scatter(x=ends, y=ends, mode="lines", line={"dash": "dot"}, showlegend=False, hoverinfo="skip")
    figure.add_scatter(x=own, y=fresh, text=list(values.own), mode="markers", showlegend=False)
    again = {**axis.axis, "title": {"text": f"{axis.title}, on fresh seeds"}}
    return figure.update_layout(xaxis=axis.axis, yaxis=again)
