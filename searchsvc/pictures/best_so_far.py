"""Trials' scores against time, and the best mean of a candidate with all its seeds; the band is its seeds' range.

Constraints do not count here: the leaderboard says who keeps them.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from searchsvc.metrics.names import ACCURACY
from searchsvc.pictures._drawing import DRAWN, MINUTES, NEUTRAL, PALETTE, empty, minutes, new, scale, sign, translucent
from searchsvc.pictures._source import Scored, Search
from searchsvc.pictures._view import View


class Values(NamedTuple):
    started: float  # the search, in seconds since 1970
    scores: Sequence[Scored]  # in the order in which the trials ended
    objective: str = ACCURACY
    confirmed: Sequence[Scored] = ()  # of the later trials on fresh seeds; they are shown and do not count


class OfSearch(View[Search]):
    title = "Best so far"
    place = 10

    def read(self, search: Search, of: str) -> Values:
        scores = search.scores("retrain")
        return Values(search.started, scores, search.objective, search.scores("confirm"))


def figure(values: Values) -> go.Figure:
    scores = values.scores
    if not scores:
        return empty("Best so far: no trial has finished yet")
    axis, up = scale(values.objective), sign(values.objective)
    shown = sorted(sorted(scores, key=lambda s: -up * s.score)[:DRAWN])
    few = f"<br>the best {DRAWN} of {len(scores)} trials" if len(scores) > DRAWN else ""
    alone = "one candidate so far; " if len({trial.label for trial in scores}) == 1 else ""
    figure = new("Best so far", f"{alone}band: worst to best seed of the best candidate{few}")

    def trials(some: Sequence[Scored], name: str, mark: dict[str, Any]) -> None:
        figure.add_scatter(
            x=minutes(values.started, [trial.time for trial in some]),
            y=[axis.factor * trial.score for trial in some],
            text=[trial.label for trial in some],
            mode="markers",
            name=name,
            marker=mark,
        )

    trials(shown, "one trial", {"color": NEUTRAL, "size": 6})
    best = _best_means(scores, up)
    x = minutes(values.started, [change[0] for change in best] + [scores[-1].time] * bool(best))
    lines = [[axis.factor * v for v in (line + line[-1:])] for line in zip(*(c[1:] for c in best), strict=True)]
    mean, low, high = lines or ([], [], [])
    step = {"shape": "hv", "color": PALETTE[0]}
    figure.add_scatter(x=x, y=mean, mode="lines", name="best mean over all seeds", line=step)
    hidden = {"x": x, "mode": "lines", "line": {**step, "width": 0}, "showlegend": False, "hoverinfo": "skip"}
    figure.add_scatter(y=low, **hidden)
    figure.add_scatter(y=high, fill="tonexty", fillcolor=translucent(0), **hidden)
    if values.confirmed:
        trials(values.confirmed, "on a fresh seed", {"color": PALETTE[5], "symbol": "diamond-open", "size": 8})
    return figure.update_layout(xaxis=MINUTES, yaxis=axis.axis)


def _best_means(scores: Sequence[Scored], up: int) -> list[tuple[float, float, float, float]]:
    """Whenever the best candidate with all its seeds changes: when, its mean, its smallest and largest score."""
    found: dict[str, list[float]] = {}
    best: list[tuple[float, float, float, float]] = []
    for time, score, label, seeds in scores:
        own = found.setdefault(label, [])
        own.append(score)
        mean = sum(own) / seeds
        if len(own) == seeds and (not best or up * mean > up * best[-1][1]):
            best.append((time, mean, min(own), max(own)))
    return best
