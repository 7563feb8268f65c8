"""The score against the polynomial's degree, as LNM's publication draws it; bars and bands are 95 % intervals."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from searchsvc.metrics.names import ACCURACY
from searchsvc.pictures._drawing import DASHES, DRAWN, NEUTRAL, SYMBOLS, Scale, empty, new, scale, style
from searchsvc.pictures._source import Mean, Search
from searchsvc.pictures._view import View


class Values(NamedTuple):
    lines: Mapping[str, Mapping[int, Mean]]  # by bounding and surrogate, the score of every degree
    baselines: Mapping[str, Mean]  # LIF's, one for each surrogate
    objective: str = ACCURACY


class OfSearch(View[Search]):
    title = "Score by degree"
    place = 40

    def applies(self, search: Search) -> bool:
        return "degrees" in search.pictures

    def read(self, search: Search, of: str) -> Values:
        lines: dict[str, dict[int, Mean]] = {}
        baselines: dict[str, Mean] = {}
        for candidate in sorted(search.leaderboard(DRAWN), key=lambda candidate: candidate.number):
            mean = candidate.means[search.objective]
            match candidate.configuration.get("neurons"):
                case [{"name": "lnm", "degree": degree}, *_]:
                    lines.setdefault(candidate.label.partition(", ")[2], {})[degree] = mean
                case [_, *_]:
                    baselines[candidate.label] = mean
        return Values(lines, baselines, search.objective)


def figure(values: Values) -> go.Figure:
    lines = values.lines
    if not any(lines.values()):
        return empty("Degrees: no candidate has finished a trial yet")
    axis = scale(values.objective)
    figure = new("Score by degree of the polynomial", "bars and band: 95 % interval over seeds")
    for i, (name, means) in enumerate(lines.items()):
        at = sorted(means)
        aside = 0.1 * (i - (len(lines) - 1) / 2)  # so that bars do not hide each other
        figure.add_scatter(
            x=[degree + aside for degree in at],
            y=[axis.factor * means[degree][0] for degree in at],
            error_y=_bars(axis, [means[degree] for degree in at]),
            mode="lines+markers",
            name=name,
            line=style(i),
            marker={"symbol": SYMBOLS[i % len(SYMBOLS)], "size": 8},
        )
    swept = sorted({degree for means in lines.values() for degree in means})
    for i, (name, (mean, half)) in enumerate(values.baselines.items()):
        figure.add_hrect(*axis.ends(mean, half), fillcolor=NEUTRAL, opacity=0.15, line_width=0, layer="below")
        line = {"color": NEUTRAL, "dash": DASHES[(i + 1) % len(DASHES)]}
        wide = [swept[0] - 0.3, swept[-1] + 0.3]
        figure.add_scatter(x=wide, y=[axis.factor * mean] * 2, mode="lines", name=name, line=line)
    return figure.update_layout(xaxis={"title": {"text": "degree"}, "dtick": 1}, yaxis=axis.axis)


def _bars(axis: Scale, means: Sequence[Mean]) -> dict[str, Any]:
    ends = [axis.ends(*mean) for mean in means]
    up = [high - axis.factor * mean for (mean, _), (_, high) in zip(means, ends, strict=True)]
    down = [axis.factor * mean - low for (mean, _), (low, _) in zip(means, ends, strict=True)]
    return {"array": up, "arrayminus": down, "symmetric": False, "width": 5}
