"""The distribution functions of one parameter, overlaid and coloured by score; the best is thick, with marks."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from searchsvc.metrics.names import ACCURACY
from searchsvc.pictures._drawing import NEUTRAL, PALETTE, SCORES, color, empty, graded, new, scale, sign, style
from searchsvc.pictures._monotone import AT, central, refined
from searchsvc.pictures._source import Candidates, Search
from searchsvc.pictures._view import View

MOST = 100  # candidates
NAMED = 3  # candidates in a legend
PIECES = 6  # of a curve between two nodes


class Values(NamedTuple):
    name: str  # of the parameter
    quantiles: Mapping[str, Sequence[float]]  # of every candidate by its label, at `shares`
    scores: Mapping[str, float]  # of the candidates that have one; the others are grey
    objective: str = ACCURACY
    shares: Sequence[float] = AT
    best: str = ""  # the candidate that is thick; empty: that of the best score


class OfSearch(View[Search]):
    title = "Distributions"
    place = 60

    def applies(self, search: Search) -> bool:
        return bool(self.choices(search))

    def choices(self, search: Search) -> list[str]:
        return [name for name, kind in search.dimensions.items() if kind == "distribution"]

    def read(self, search: Search, of: str) -> Values:
        rows = [row for row in search.leaderboard(MOST) if of in row.quantiles]
        quantiles = {row.label: central(row.quantiles[of]) for row in rows}
        scores = {row.label: row.means[search.objective][0] for row in rows}
        best = next(iter(quantiles), "")
        return Values(of, quantiles, scores, search.objective, best=best)


class OfCandidates(View[Candidates]):
    title = "Distributions"
    place = 20

    def applies(self, candidates: Candidates) -> bool:
        return bool(candidates.distributions)

    def choices(self, candidates: Candidates) -> Sequence[str]:
        return candidates.distributions

    def read(self, candidates: Candidates, of: str) -> Values:
        quantiles, scores = candidates.drawn(of)
        shown = {label: central(values) for label, values in quantiles.items()}
        return Values(of, shown, scores, candidates.objective)


def figure(values: Values) -> go.Figure:
    name, quantiles, scores, objective, shares, thick = values
    if not quantiles:
        return empty(f"Distributions of {name}: no candidate has finished a trial yet")
    axis, up = scale(objective), sign(objective)
    ranked = sorted(quantiles, key=lambda label: up * scores[label] if label in scores else -math.inf)
    drawn = [axis.factor * score for score in scores.values()] or [0.0, 1.0]
    low, high = min(drawn), max(drawn)
    few = list(quantiles) if len(quantiles) <= len(PALETTE) else []  # each has a colour of its own
    figure = new(f"Distributions of {name}", f"colour: {'candidate' if few else 'score'}; thick, with marks: the best")
    for label in ranked:
        score = axis.factor * scores[label] if label in scores else None
        share = None if score is None else (score - low) / ((high - low) or 1.0)
        look = {"color": NEUTRAL if share is None else color(share if up > 0 else 1 - share)}
        best = label == (thick or ranked[-1]) and score is not None
        y, x = refined(shares, quantiles[label], PIECES)
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines+markers" if best else "lines",
            name=label if score is None else f"{label}: {score:.4g}",
            line={**(style(few.index(label)) if few else look), "width": 3 if best else 1.5},
            marker={"size": 8, "symbol": "diamond", "maxdisplayed": len(shares)},
            showlegend=bool(few) or label in ranked[-NAMED:],
        )
    if scores and not few:
        _color_bar(figure, objective, low, high)
    return figure.update_layout(
        xaxis={"title": {"text": name}, **graded([value for drawn in quantiles.values() for value in drawn])},
        yaxis={"title": {"text": "share below"}, "range": [-0.03, 1.03]},
    )


def _color_bar(figure: go.Figure, objective: str, low: float, high: float) -> None:
    """By an invisible trace."""
    marker = {"color": [low], "coloraxis": "coloraxis"}
    figure.add_scatter(x=[None], y=[None], mode="markers", marker=marker, showlegend=False, hoverinfo="skip")
    axis = scale(objective)
    bar: dict[str, Any] = {"title": {"text": axis.title, "side": "right"}, "tickformat": axis.format, "thickness": 12}
    downwards = sign(objective) < 0
    look = {"colorscale": SCORES, "reversescale": downwards, "colorbar": bar}
    figure.update_layout(coloraxis={**look, "cmin": low, "cmax": high})
