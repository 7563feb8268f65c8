"""A line a candidate through its values, coloured by score, the best one thick: parallel coordinates."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from searchsvc.metrics.names import ACCURACY
from searchsvc.pictures._drawing import BEST, DRAWN, NEUTRAL, color, empty, new, scale, sign
from searchsvc.pictures._source import Candidate, Search
from searchsvc.pictures._view import View
from spaces.distributions import nodes

AXES = 6  # that have room for their names and ticks, beside the score
COLORS = 16  # of lines
TICKS = 5  # of an axis
SCORE = "score"
ROUNDING = 1e-9  # a Dirac's spread, of numbers that are equal but for their last places


class Values(NamedTuple):
    columns: Mapping[str, Sequence[float | str]]
    """Of the candidates by dimension, what matters most first; text is categorical, positive numbers are logarithmic.
    What does not vary is left out; of many dimensions the first are drawn."""
    scores: Sequence[float]  # of the candidates, the best first; of very many the best are drawn
    objective: str = ACCURACY
    labels: Sequence[str] = ()  # of the candidates


class OfSearch(View[Search]):
    """Values of the best candidates by what their search varies, the most important first."""

    title = "Candidates by their values"
    place = 100

    def read(self, search: Search, of: str) -> Values:
        rows = search.leaderboard(DRAWN)
        named = any(row.values for row in rows)
        every = [_values(row, row.values if named else _neurons(row), search.dimensions) for row in rows]
        ranks = {one["name"]: -one["mean"] for one in search.insight.get("importance") or ()}
        given = dict.fromkeys(name for values in every for name in values)
        names = sorted(given, key=lambda name: ranks.get(name.rpartition(" ")[0] or name, 0.0))
        short = len(names) > AXES  # layers by their numbers alone
        columns = {
            name.removeprefix("layer ") if short else name: [values.get(name, "none") for values in every]
            for name in names
        }
        scores = [row.means[search.objective][0] for row in rows]
        return Values(columns, scores, search.objective, [row.title for row in rows])


def _values(row: Candidate, said: Mapping[str, Any], dimensions: Mapping[str, str]) -> dict[str, float | str]:
    found: dict[str, float | str] = {}
    for name, value in said.items():
        if name in row.quantiles:
            mean, sd = nodes.moments(row.quantiles[name])
            cv = sd / abs(mean or 1.0)
            found |= {f"{name} mean": mean, f"{name} cv": cv if cv > ROUNDING else 0.0}
        else:
            found[name] = str(value) if dimensions.get(name) == "categorical" else value
    return found


def _neurons(row: Candidate) -> dict[str, str]:
    """By which candidates differ unless their kind names something else; those of another trainer have none."""
    return {f"layer {i}": neuron["name"].upper() for i, neuron in enumerate(row.configuration.get("neurons", ()), 1)}


def figure(values: Values) -> go.Figure:
    columns, scores, objective, labels = values
    if not scores:
        return empty("Parallel coordinates: no candidate has finished a trial yet")
    unit = scale(objective)
    varied = {name: column[:DRAWN] for name, column in columns.items() if len(set(column[:DRAWN])) > 1}
    if not varied:
        few = "one candidate so far; lines compare two" if len(scores) == 1 else "candidates do not differ in any"
        return empty(f"Candidates by their values: {few}")
    alike = len(varied) > AXES and all(isinstance(value, str) for column in varied.values() for value in column)
    names = list(varied)[: None if alike else AXES]  # layers have their ticks in common
    texts = sorted({str(value) for name in names for value in varied[name]}) if alike else None
    axes = [_category(varied[name], texts) if texts else _axis(name, varied[name]) for name in names]
    axes.append(_axis(SCORE, [unit.factor * score for score in scores[:DRAWN]], percent=bool(unit.format)))
    figure = new("Candidates by their values", _said(unit.title, len(scores), len(varied), len(names)), height=480)
    _lines(figure, axes, scores[:DRAWN], labels[:DRAWN], sign(objective))
    for x, axis in enumerate(axes):
        figure.add_vline(x, line={"color": NEUTRAL, "width": 1}, layer="below")
        for y, text in axis.ticks if not alike or x in (0, len(axes) - 1) else ():
            figure.add_annotation(x=x, y=y, text=text, showarrow=False, xanchor="left", xshift=2, font={"size": 11})
    hidden = {"visible": False, "range": [-0.06, 1.06]}
    return figure.update_layout(xaxis=_names(names, alike), yaxis=hidden, margin={"l": 15, "r": 50})


def _names(names: Sequence[str], alike: bool) -> dict[str, Any]:
    shown = [name.replace("_", " ") for name in names]
    last = f"<br>{SCORE}" if alike else SCORE  # below the numbers of layers
    under = {"tickangle": 0 if alike else 40, "tickvals": list(range(len(names) + 1)), "ticktext": [*shown, last]}
    return {**under, "range": [-0.1, len(names) + 1 - 0.9], "showgrid": False, "zeroline": False}


def _said(score: str, candidates: int, varied: int, drawn: int) -> str:
    """What the picture shows, and what it leaves out."""
    few = f"<br>the best {DRAWN} of {candidates} candidates" if candidates > DRAWN else ""
    fewer = f"<br>{drawn} of the {varied} values that differ" if varied > drawn else ""
    return f"score: {score}<br>blue: good; thick: the best{few}{fewer}"


class _Axis(NamedTuple):
    """Where candidates' values lie on it, from 0 to 1, and places with their texts."""

    places: list[float]
    ticks: list[tuple[float, str]]


def _category(values: Sequence[float | str], texts: Sequence[str]) -> _Axis:
    at = {text: i / max(len(texts) - 1, 1) for i, text in enumerate(texts)}
    return _Axis([at[str(value)] for value in values], [(place, text) for text, place in at.items()])


def _axis(name: str, values: Sequence[float | str], percent: bool = False) -> _Axis:
    if any(isinstance(value, str) for value in values):
        return _category(values, sorted({str(value) for value in values}))
    numbers = [float(value) for value in values]
    is_log = min(numbers) > 0 and name != SCORE and not name.endswith(" cv")  # a spread of nearly 0 is 0
    to, back = (math.log10, lambda v: 10.0**v) if is_log else (float, float)
    low, high = to(min(numbers)), to(max(numbers))
    span = high - low

    def place(value: float) -> float:
        return (to(value) - low) / span if span else 0.5

    distinct = sorted(set(numbers))
    is_few = len(distinct) <= TICKS and all(value.is_integer() for value in distinct)
    even = [back(low + i / (TICKS - 1) * span) for i in range(TICKS)] if span else distinct
    ticks = distinct if is_few else even
    return _Axis([place(v) for v in numbers], list(zip(map(place, ticks), _short(ticks, percent), strict=True)))


def _short(ticks: Sequence[float], percent: bool = False) -> list[str]:
    """With as few digits as tell them apart, since there is little room between two axes.

    >>> _short([0.007353, 0.5]), _short([347.2, 347.4]), _short([0.9861, 0.9864], percent=True)
    (['0.0074', '0.5'], ['347.2', '347.4'], ['98.61%', '98.64%'])
    """
    for digits in range(12):
        found = [_text(value, digits, percent) for value in ticks]
        if len(set(found)) == len(found):
            break
    return found


def _text(value: float, digits: int, percent: bool) -> str:
    """With so many digits more than usual."""
    if percent:
        return f"{value:.{1 + digits}%}"
    return f"{value:.{(2 if abs(value) < 1 else 3) + digits}g}"


def _lines(figure: go.Figure, axes: Sequence[_Axis], scores: Sequence[float], labels: Sequence[str], up: int) -> None:
    """A trace for each of a few colours, the worst first, so that the better lie above; the last is the best one."""
    low, high = min(scores), max(scores)
    shares = [(score - low) / ((high - low) or 1.0) for score in scores]
    bins = [round((share if up > 0 else 1 - share) * (COLORS - 1)) for share in shares]
    for number in sorted(set(bins)):
        own = [i for i in range(1, len(scores)) if bins[i] == number]
        _trace(figure, axes, own, labels, {"color": color(number / (COLORS - 1)), "width": 1.2})
    _trace(figure, axes, [0], labels, {"color": BEST, "width": 4})


def _trace(
    figure: go.Figure, axes: Sequence[_Axis], own: Sequence[int], labels: Sequence[str], line: dict[str, Any]
) -> None:
    """Lines of some candidates, with gaps between."""
    if not own:
        return
    figure.add_scatter(
        x=[x for _ in own for x in (*range(len(axes)), None)],
        y=[y for i in own for y in (*(axis.places[i] for axis in axes), None)],
        text=[labels[i] if labels else "" for i in own for _ in range(len(axes) + 1)],
        hoverinfo="text" if labels else "skip",
        mode="lines",
        line=line,
        showlegend=False,
    )
