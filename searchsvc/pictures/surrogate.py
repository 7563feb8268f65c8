"""What the model of scores expects along the direction in which a parameter's distributions differ most, and why.

Above the mean, its 95 % interval (1.96 sd) and the candidates' scores; below what is drawn at each position: its
median, and the quantiles nearest to 35 and 65 %, 2.5 and 97.5 %.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from searchsvc.metrics.names import ACCURACY
from searchsvc.pictures._drawing import (
    DRAWN,
    PALETTE,
    Scale,
    columns,
    dressed,
    empty,
    graded,
    scale,
    style,
    translucent,
)
from searchsvc.pictures._source import Search
from searchsvc.pictures._view import View


class Values(NamedTuple):
    name: str  # of the parameter
    direction: Mapping[str, Any] | None  # of the search's insight
    objective: str = ACCURACY


class OfSearch(View[Search]):
    title = "The surrogate along a direction"
    place = 70

    def applies(self, search: Search) -> bool:
        return bool(self.choices(search))

    def choices(self, search: Search) -> list[str]:
        """What has been fitted; before the search's end also what will be."""
        fitted = list(search.insight.get("directions") or ())
        if fitted or search.has_ended:
            return fitted
        return [name for name, kind in search.dimensions.items() if kind == "distribution"]

    def read(self, search: Search, of: str) -> Values:
        return Values(of, (search.insight.get("directions") or {}).get(of), search.objective)


def figure(values: Values) -> go.Figure:
    name, direction, objective = values
    if not direction or not direction["position"]:
        return empty(f"Surrogate along {name}: nothing has been fitted yet")
    axis, at = scale(objective), direction["position"]
    grid = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.06, row_heights=[0.6, 0.4])
    held = "curve: all else as the best candidate has it;<br>other candidates may so lie far from it"
    about = f"{held}<br>the direction holds {direction['explained']:.0%} of the distributions' variance"
    figure = dressed(grid, f"The surrogate along {name}", about, 640)
    low, high = _interval(direction, axis)
    _band(figure, at, low, high, "95 % interval", 1)
    mean = [axis.factor * value for value in direction["mean"]]
    figure.add_scatter(x=at, y=mean, mode="lines", name="expected score", line=style(0), row=1, col=1)
    shown = direction["candidates"][:DRAWN]
    figure.add_scatter(
        x=[c["position"] for c in shown],
        y=[axis.factor * c["score"] for c in shown],
        text=[c["label"] for c in shown],
        mode="markers",
        name="candidate",
        marker={"color": PALETTE[5], "symbol": "diamond", "size": 6, "opacity": 0.4},
        row=1,
        col=1,
    )
    parameter: dict[str, Any] = {"title": {"text": name}}
    if rows := direction.get("quantiles"):
        drawn = columns(rows)
        parameter |= graded([*drawn[5], *drawn[-6]])
        _band(figure, at, drawn[5], drawn[-6], f"95 % of {name}", 2)
        _band(figure, at, drawn[7], drawn[-8], f"the middle 30 % of {name}", 2)
    position = {"title": {"text": "position along the direction"}}
    return figure.update_layout(xaxis2=position, yaxis=axis.axis, yaxis2=parameter)


def _interval(direction: Mapping[str, Any], axis: Scale) -> list[list[float]]:
    pairs = zip(direction["mean"], direction["sd"], strict=True)
    return columns([axis.ends(mean, 1.96 * sd) for mean, sd in pairs])


def _band(
    figure: go.Figure, x: Sequence[float], low: Sequence[float], high: Sequence[float], name: str, row: int
) -> None:
    number = 0 if row == 1 else 2
    hidden = {"x": x, "mode": "lines", "line": {"width": 0, "color": PALETTE[number]}, "row": row, "col": 1}
    figure.add_scatter(y=low, showlegend=False, hoverinfo="skip", **hidden)
    figure.add_scatter(y=high, fill="tonexty", fillcolor=translucent(number, 0.3), name=name, **hidden)
