"""Pictures of a search: one function each, returning a plotly figure for page, notebook or file.

Nothing to draw gives an empty picture whose title says what is missing. A score is the objective's value of a trial,
or its mean over a candidate's seeds. `themed` turns a picture light or dark.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from searchsvc import fronts
from searchsvc.drawing import (
    BEST,
    DASHES,
    DRAWN,
    NEUTRAL,
    PALETTE,
    SCORES,
    SYMBOLS,
    Theme,
    color,
    diverging,
    dressed,
    empty,
    new,
    pattern,
    scale,
    spoken,
    spread,
    style,
    themed,
    translucent,
)
from searchsvc.monotone import refined
from searchsvc.objectives import ACCURACY, Metric, Objective

__all__ = [
    "Bar",
    "Layer",
    "Theme",
    "alpha_heat_map",
    "alpha_trajectories",
    "best_so_far",
    "curves",
    "degrees",
    "distributions",
    "hypervolume",
    "importance",
    "layer_costs",
    "parallel",
    "pareto",
    "polynomials",
    "surrogate",
    "themed",
    "timeline",
]

Scored = tuple[float, float, str]  # when a trial finished, its score, its candidate
Mean = tuple[float, float | None]  # over seeds, and the half-width of its 95 % interval
EPOCHS = 60  # of a slider

# --- scores over time -------------------------------------------------------------------------------------------------


def best_so_far(
    start: float, scores: Sequence[Scored], seeds: int, metric: Metric = ACCURACY, confirmed: Sequence[Scored] = ()
) -> go.Figure:
    """Trials' scores against time, and the best mean of a candidate with all its seeds; the band is its seeds' range.

    Constraints do not count here: the leaderboard says who keeps them.

    Args:
        start: of the search, in seconds since 1970.
        scores: of the trials, in the order in which they were told.
        seeds: trials of a complete candidate.
        metric: the objective.
        confirmed: scores of the later trials on fresh seeds; they are shown and do not count.
    """
    if not scores:
        return empty("Best so far: no trial has finished yet")
    axis, sign = scale(metric), Objective(metric=metric).sign
    shown = sorted(sorted(scores, key=lambda s: -sign * s[1])[:DRAWN])
    few = f"<br>the best {DRAWN} of {len(scores)} trials" if len(scores) > DRAWN else ""
    figure = new("Best so far", f"band: worst to best seed of the best candidate{few}")

    def trials(some: Sequence[Scored], name: str, mark: dict[str, Any]) -> None:
        figure.add_scatter(
            x=[(time - start) / 60 for time, _, _ in some],
            y=[axis.factor * score for _, score, _ in some],
            text=[label for _, _, label in some],
            mode="markers",
            name=name,
            marker=mark,
        )

    trials(shown, "one trial", {"color": NEUTRAL, "size": 6})
    changes = _best_means(scores, seeds, sign)
    minutes = [(change[0] - start) / 60 for change in changes] + [(scores[-1][0] - start) / 60] * bool(changes)
    lines = [[axis.factor * v for v in (line + line[-1:])] for line in zip(*(c[1:] for c in changes), strict=True)]
    mean, low, high = lines or ([], [], [])
    step = {"shape": "hv", "color": PALETTE[0]}
    figure.add_scatter(x=minutes, y=mean, mode="lines", name="best mean over all seeds", line=step)
    hidden = {"x": minutes, "mode": "lines", "line": {**step, "width": 0}, "showlegend": False, "hoverinfo": "skip"}
    figure.add_scatter(y=low, **hidden)
    figure.add_scatter(y=high, fill="tonexty", fillcolor=translucent(0), **hidden)
    if confirmed:
        trials(confirmed, "on a fresh seed", {"color": PALETTE[5], "symbol": "diamond-open", "size": 8})
    return figure.update_layout(xaxis={"title": {"text": "minutes"}, "rangemode": "tozero"}, yaxis=axis.axis)


def _best_means(scores: Sequence[Scored], seeds: int, sign: int) -> list[tuple[float, float, float, float]]:
    """Whenever the best candidate with all its seeds changes: when, its mean, its smallest and largest score."""
    found: dict[str, list[float]] = {}
    best: list[tuple[float, float, float, float]] = []
    for time, score, label in scores:
        own = found.setdefault(label, [])
        own.append(score)
        mean = sum(own) / seeds
        if len(own) == seeds and (not best or sign * mean > sign * best[-1][1]):
            best.append((time, mean, min(own), max(own)))
    return best


class Bar(NamedTuple):
    """A trial's time on its worker; `ended` is None while it runs."""

    worker: str | None
    number: int
    label: str
    what: str  # its phase, or its state unless it ended well
    started: float
    ended: float | None


def timeline(start: float, now: float, bars: Sequence[Bar], total: int | None = None) -> go.Figure:
    """Trials over workers, a lane each; those that run reach up to now.

    Args:
        start: of the search, in seconds since 1970, as all times.
        bars: in any order; without a known worker they share a lane.
        total: of trials, if these are only the latest.
    """
    if not bars:
        return empty("Time line: no trial has begun yet")
    lanes = sorted({bar.worker or UNKNOWN for bar in bars}, key=lambda lane: (lane == UNKNOWN, lane))
    few = f"<br>the latest {len(bars)} of {total} trials" if total and total > len(bars) else ""
    figure = new("Trials over workers", f"the last attempt of each trial{few}", height=250 + 34 * len(lanes))
    for what in sorted({bar.what for bar in bars}, key=lambda what: (_order(what), what)):
        own = [bar for bar in bars if bar.what == what]
        look = _order(what)
        figure.add_bar(
            orientation="h",
            y=[bar.worker or UNKNOWN for bar in own],
            base=[(bar.started - start) / 60 for bar in own],
            x=[((bar.ended or now) - bar.started) / 60 for bar in own],
            text=[f"trial {bar.number}: {bar.label}" for bar in own],
            textposition="none",
            customdata=[((bar.ended or now) - bar.started) / 60 for bar in own],  # x of a bar is where it ends
            hovertemplate="%{text}<br>%{customdata:.2f} minutes<extra>" + what + "</extra>",
            name=what,
            marker={"color": NEUTRAL} if what == "cancelled" else pattern(look),
        )
    return figure.update_layout(
        barmode="overlay",
        bargap=0.25,
        xaxis={"title": {"text": "minutes"}, "rangemode": "tozero"},
        yaxis={"categoryorder": "array", "categoryarray": lanes[::-1], "title": {"text": "worker"}},
        showlegend=True,
    )


UNKNOWN = "not known"
PHASES = ("retrain", "running", "search", "confirm", "pruned", "failed", "cancelled")


def _order(what: str) -> int:
    return PHASES.index(what)


def curves(metric: str, runs: Mapping[str, Sequence[Sequence[float]]]) -> go.Figure:
    """A metric by epoch: a line a trial, a colour and dash a candidate.

    Args:
        metric: as reports call it.
        runs: by candidate, the values of each of its trials at epochs 1, 2, ...
    """
    if not any(any(trials) for trials in runs.values()):
        return empty(f"No reports of {scale(metric).title} yet")
    axis = scale(metric)
    figure = new(f"{axis.title} by epoch".capitalize())
    for i, (label, trials) in enumerate(runs.items()):
        for j, values in enumerate(trials):
            figure.add_scatter(
                x=list(range(1, len(values) + 1)),
                y=[axis.factor * value for value in values],
                mode="lines" if len(values) > 30 else "lines+markers",
                marker={"symbol": SYMBOLS[i % len(SYMBOLS)], "size": 6},
                line=style(i),
                name=label,
                legendgroup=str(i),
                showlegend=not j and len(runs) > 1,
            )
    return figure.update_layout(xaxis={"title": {"text": "epoch"}}, yaxis=axis.axis)


# --- what was learned -------------------------------------------------------------------------------------------------


def alpha_heat_map(candidates: Sequence[str], steps: Mapping[int, Sequence[Sequence[float]]]) -> go.Figure:
    """Architecture parameters over layers, as ST-DANO draws them, with a slider over epochs; a star marks the largest.

    Args:
        candidates: names of the neurons.
        steps: layers x candidates of every epoch; of very many epochs some are drawn.
    """
    if not steps:
        return empty("No architecture parameters yet")
    epochs = spread(sorted(steps), EPOCHS)
    values = [v for epoch in epochs for layer in steps[epoch] for v in layer]
    last, ends = epochs[-1], (min(values), max(values))
    figure = new(f"Architecture parameters, epoch {last}", "★ the neuron that a layer would take", height=380)
    figure.add_heatmap(
        x=[str(i) for i in range(1, len(steps[last]) + 1)],
        y=[name.upper() for name in candidates],
        **_cells(steps[last], *ends),
        texttemplate="%{text}",
        textfont={"size": 10},
        hovertemplate="layer %{x}, %{y}: %{z:.4f}<extra></extra>",
        colorscale=[[i / 4, diverging(i / 4)[0]] for i in range(5)],
        zmin=ends[0],
        zmax=ends[1],
        colorbar={"title": {"text": "α"}, "thickness": 12},
    )
    titles = {epoch: f"Architecture parameters, epoch {epoch}" for epoch in epochs}
    figure.frames = [
        go.Frame(name=str(e), data=[go.Heatmap(**_cells(steps[e], *ends))], layout={"title": {"text": titles[e]}})
        for e in epochs
    ]
    at_once = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    moves = [{"label": str(e), "method": "animate", "args": [[str(e)], at_once]} for e in epochs]
    slider = {"steps": moves, "active": len(epochs) - 1, "currentvalue": {"prefix": "epoch "}, "pad": {"t": 45}}
    return figure.update_layout(sliders=[slider], xaxis={"type": "category", "title": {"text": "layer"}})


def _cells(alpha: Sequence[Sequence[float]], low: float, high: float) -> dict[str, Any]:
    """Values with a row for each candidate; numbers as text where there is room for them."""
    number = "{:.2f}<br>" if len(alpha) <= 8 else ""

    def text(value: float, is_most: bool) -> str:
        ink = diverging((value - low) / ((high - low) or 1.0))[1]
        return f"<span style='color:{ink}'>{number.format(value)}{'★' if is_most else ''}</span>"

    return {"z": _columns(alpha), "text": _columns([[text(v, v == max(layer)) for v in layer] for layer in alpha])}


def _columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def alpha_trajectories(candidates: Sequence[str], steps: Mapping[int, Sequence[Sequence[float]]]) -> go.Figure:
    """Architecture parameters by epoch, a small picture for each layer.

    Args:
        candidates: names of the neurons.
        steps: layers x candidates of every epoch.
    """
    if not steps:
        return empty("No architecture parameters yet")
    epochs = sorted(steps)
    layers = len(steps[epochs[-1]])
    columns = min(3, layers)
    rows = math.ceil(layers / columns)
    names = [f"layer {i}" for i in range(1, layers + 1)]
    height = 160 + 150 * rows
    gaps = {"vertical_spacing": 55 / (150 * rows), "horizontal_spacing": 0.04}
    grid = make_subplots(rows, columns, shared_xaxes="all", shared_yaxes=True, subplot_titles=names, **gaps)
    figure = dressed(grid, "Architecture parameters α by epoch", "", height)
    for layer in range(layers):
        for i, name in enumerate(candidates):
            figure.add_scatter(
                x=epochs,
                y=[steps[epoch][layer][i] for epoch in epochs],
                mode="lines",
                line=style(i),
                name=name.upper(),
                legendgroup=name,
                showlegend=not layer,
                row=layer // columns + 1,
                col=layer % columns + 1,
            )
    for column in range(columns):  # the lowest pictures
        lowest = (layers - 1 - column) // columns + 1
        figure.update_xaxes(title_text="epoch", row=lowest, col=column + 1)
    return figure.update_xaxes(showticklabels=True).update_annotations(font_size=12)


def polynomials(label: str, layers: Mapping[int, Sequence[float]], bound: float, lif: float) -> go.Figure:
    """f(u) of every LNM layer over the interval that bounds its argument, and LIF's line, dashed.

    Args:
        layers: coefficients of u, u^2, ... by layer from the input.
        lif: the share of its potential that LIF keeps.
    """
    if not layers:
        return empty("No polynomials: no LNM has finished a trial yet")
    figure = new(f"What {label} has learned")
    u = [bound * (i / 50 - 1) for i in range(101)]
    for i, (layer, theta) in enumerate(layers.items()):
        f = [sum(c * x**power for power, c in enumerate(theta, 1)) for x in u]
        line = style(i) if len(layers) <= len(PALETTE) else {"color": color(i / (len(layers) - 1))}
        figure.add_scatter(x=u, y=f, mode="lines", name=f"layer {layer + 1}", line=line)
    line = {"dash": "dash", "color": NEUTRAL}
    figure.add_scatter(x=u, y=[lif * x for x in u], mode="lines", name="LIF", line=line)
    return figure.update_layout(xaxis={"title": {"text": "bounded potential u"}}, yaxis={"title": {"text": "f(u)"}})


def degrees(
    lines: Mapping[str, Mapping[int, Mean]], baselines: Mapping[str, Mean], metric: Metric = ACCURACY
) -> go.Figure:
    """The score against the polynomial's degree, as LNM's publication draws it; bars and bands are 95 % intervals.

    Args:
        lines: by bounding and surrogate, the score of every degree.
        baselines: LIF's, one for each surrogate.
        metric: the objective.
    """
    if not any(lines.values()):
        return empty("Degrees: no candidate has finished a trial yet")
    axis = scale(metric)
    figure = new("Score by degree of the polynomial", "bars and band: 95 % interval over seeds")
    for i, (name, means) in enumerate(lines.items()):
        at = sorted(means)
        aside = 0.1 * (i - (len(lines) - 1) / 2)  # so that bars do not hide each other
        figure.add_scatter(
            x=[degree + aside for degree in at],
            y=[axis.factor * means[degree][0] for degree in at],
            error_y={"array": [axis.factor * (means[degree][1] or 0.0) for degree in at], "width": 5},
            mode="lines+markers",
            name=name,
            line=style(i),
            marker={"symbol": SYMBOLS[i % len(SYMBOLS)], "size": 8},
        )
    for i, (name, (mean, half)) in enumerate(baselines.items()):
        ends = [axis.factor * (mean - (half or 0.0)), axis.factor * (mean + (half or 0.0))]
        figure.add_hrect(*ends, fillcolor=NEUTRAL, opacity=0.15, line_width=0, layer="below")
        at = sorted({degree for means in lines.values() for degree in means})
        line = {"color": NEUTRAL, "dash": DASHES[(i + 1) % len(DASHES)]}
        wide = [at[0] - 0.3, at[-1] + 0.3]
        figure.add_scatter(x=wide, y=[axis.factor * mean] * 2, mode="lines", name=name, line=line)
    return figure.update_layout(xaxis={"title": {"text": "degree"}, "dtick": 1}, yaxis=axis.axis)


# --- spaces -----------------------------------------------------------------------------------------------------------


def distributions(
    name: str,
    shares: Sequence[float],
    quantiles: Mapping[str, Sequence[float]],
    scores: Mapping[str, float],
    metric: Metric = ACCURACY,
) -> go.Figure:
    """The distribution functions of one parameter, overlaid and coloured by score; the best is thick, with marks.

    Args:
        name: of the parameter.
        shares: in (0, 1), at which the quantiles are taken.
        quantiles: of every candidate by its label.
        scores: of the candidates that have one; the others are grey.
        metric: the objective.
    """
    if not quantiles:
        return empty(f"Distributions of {name}: no candidate has finished a trial yet")
    axis, sign = scale(metric), Objective(metric=metric).sign
    ranked = sorted(quantiles, key=lambda label: sign * scores[label] if label in scores else -math.inf)
    values = [axis.factor * score for score in scores.values()] or [0.0, 1.0]
    low, high = min(values), max(values)
    few = list(quantiles) if len(quantiles) <= len(PALETTE) else []  # each has a colour of its own
    figure = new(f"Distributions of {name}", f"colour: {'candidate' if few else 'score'}; thick, with marks: the best")
    for label in ranked:
        score = axis.factor * scores[label] if label in scores else None
        share = None if score is None else (score - low) / ((high - low) or 1.0)
        look = {"color": NEUTRAL if share is None else color(share if sign > 0 else 1 - share)}
        best = label == ranked[-1] and score is not None
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
    if scores and not few:  # an invisible trace, for the colour bar
        bar = {"color": [low], "coloraxis": "coloraxis"}
        figure.add_scatter(x=[None], y=[None], mode="markers", marker=bar, showlegend=False, hoverinfo="skip")
        figure.update_layout(coloraxis={**_score_axis(metric), "cmin": low, "cmax": high})
    ends = [value for drawn in quantiles.values() for value in drawn]
    aside = 0.04 * ((max(ends) - min(ends)) or abs(max(ends)) or 1.0)  # so that no line lies on the frame
    return figure.update_layout(
        xaxis={"title": {"text": name}, "range": [min(ends) - aside, max(ends) + aside]},
        yaxis={"title": {"text": "share below"}, "range": [-0.03, 1.03]},
    )


NAMED = 3  # candidates in a legend
PIECES = 6  # of a curve between two nodes


def _score_axis(metric: Metric) -> dict[str, Any]:
    axis = scale(metric)
    bar = {"title": {"text": axis.title, "side": "right"}, "tickformat": axis.format, "thickness": 12}
    return {"colorscale": SCORES, "reversescale": Objective(metric=metric).sign < 0, "colorbar": bar}


def surrogate(name: str, direction: Mapping[str, Any] | None, metric: Metric = ACCURACY) -> go.Figure:
    """What the surrogate expects along the direction in which a parameter's distributions differ most, and why.

    Above the mean, its 95 % interval (1.96 sd) and the candidates' scores; below what is drawn at each position: its
    median, and the quantiles nearest to 35 and 65 %, 2.5 and 97.5 %.

    Args:
        name: of the parameter.
        direction: of `Search.insight`: position, mean, sd, candidates, explained, and quantiles at `spaces.nodes`.
    """
    if not direction or not direction["position"]:
        return empty(f"Surrogate along {name}: nothing has been fitted yet")
    axis, at = scale(metric), direction["position"]
    grid = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.06, row_heights=[0.6, 0.4])
    held = "curve: all else as the best candidate has it;<br>other candidates may so lie far from it"
    about = f"{held}<br>the direction holds {direction['explained']:.0%} of the distributions' variance"
    figure = dressed(grid, f"The surrogate along {name}", about, 640)
    _band(figure, at, *(_interval(direction, axis.factor)), "95 % interval", 1)
    mean = [axis.factor * value for value in direction["mean"]]
    figure.add_scatter(x=at, y=mean, mode="lines", name="expected score", line=style(0), row=1, col=1)
    figure.add_scatter(
        x=[c["position"] for c in direction["candidates"][:DRAWN]],
        y=[axis.factor * c["score"] for c in direction["candidates"][:DRAWN]],
        text=[c["label"] for c in direction["candidates"][:DRAWN]],
        mode="markers",
        name="candidate",
        marker={"color": PALETTE[5], "symbol": "diamond", "size": 6, "opacity": 0.4},
        row=1,
        col=1,
    )
    if rows := direction.get("quantiles"):
        drawn = _columns(rows)
        _band(figure, at, drawn[5], drawn[-6], f"95 % of {name}", 2)
        _band(figure, at, drawn[7], drawn[-8], f"the middle 30 % of {name}", 2)
    position = {"title": {"text": "position along the direction"}}
    return figure.update_layout(xaxis2=position, yaxis=axis.axis, yaxis2={"title": {"text": name}})


def _interval(direction: Mapping[str, Any], factor: float) -> tuple[list[float], list[float]]:
    pairs = list(zip(direction["mean"], direction["sd"], strict=True))
    return [factor * (m - 1.96 * sd) for m, sd in pairs], [factor * (m + 1.96 * sd) for m, sd in pairs]


def _band(
    figure: go.Figure, x: Sequence[float], low: Sequence[float], high: Sequence[float], name: str, row: int
) -> None:
    number = 0 if row == 1 else 2
    hidden = {"x": x, "mode": "lines", "line": {"width": 0, "color": PALETTE[number]}, "row": row, "col": 1}
    figure.add_scatter(y=low, showlegend=False, hoverinfo="skip", **hidden)
    figure.add_scatter(y=high, fill="tonexty", fillcolor=translucent(number, 0.3), name=name, **hidden)


def importance(rows: Sequence[Mapping[str, Any]]) -> go.Figure:
    """How much the surrogate's score depends on each parameter; bars end at the mean, whiskers are one sd.

    Args:
        rows: of `Search.insight`: name, mean, sd.
    """
    if not rows:
        return empty("Importance of parameters: nothing has been fitted yet")
    ranked = sorted(rows, key=lambda row: float(row["mean"]))
    figure = new("Importance of parameters", "whiskers: one standard deviation", height=140 + 32 * len(ranked))
    figure.add_bar(
        orientation="h",
        y=[row["name"] for row in ranked],
        x=[row["mean"] for row in ranked],
        error_x={"array": [row["sd"] for row in ranked], "width": 4, "color": NEUTRAL},
        marker={"color": PALETTE[0]},
    )
    return figure.update_layout(xaxis={"title": {"text": "importance"}, "rangemode": "tozero"})


def parallel(
    columns: Mapping[str, Sequence[float | str]],
    scores: Sequence[float],
    metric: Metric = ACCURACY,
    labels: Sequence[str] = (),
) -> go.Figure:
    """A line a candidate through its values, coloured by score, the best one thick: parallel coordinates.

    Args:
        columns: values of the candidates by dimension, what matters most first; text is categorical, positive numbers
            far apart logarithmic. What does not vary is left out; of many dimensions the first are drawn.
        scores: of the candidates, the best first; of very many the best are drawn.
        metric: the objective.
        labels: of the candidates.
    """
    if not scores:
        return empty("Parallel coordinates: no candidate has finished a trial yet")
    unit = scale(metric)
    varied = {name: column[:DRAWN] for name, column in columns.items() if len(set(column[:DRAWN])) > 1}
    alike = len(varied) > AXES and all(isinstance(value, str) for column in varied.values() for value in column)
    names = list(varied)[: None if alike else AXES]  # layers have their ticks in common
    texts = sorted({str(value) for name in names for value in varied[name]}) if alike else None
    axes = [_category(varied[name], texts) if texts else _axis(name, varied[name]) for name in names]
    axes.append(_axis("score", [unit.factor * score for score in scores[:DRAWN]], percent=bool(unit.format)))
    figure = new("Candidates by their values", _said(unit.title, len(scores), len(varied), len(names)), height=480)
    _lines(figure, axes, scores[:DRAWN], labels[:DRAWN], Objective(metric=metric).sign)
    for x, axis in enumerate(axes):
        figure.add_vline(x, line={"color": NEUTRAL, "width": 1}, layer="below")
        for y, text in axis.ticks if not alike or x in (0, len(axes) - 1) else ():
            figure.add_annotation(x=x, y=y, text=text, showarrow=False, xanchor="left", xshift=2, font={"size": 11})
    shown = [name.replace("_", " ") for name in names]
    last = "<br>score" if alike else "score"  # below the numbers of layers
    under = {
        "tickangle": 0 if alike else 40,
        "tickvals": list(range(len(axes))),
        "ticktext": [*shown, last],
    }
    x_axis = {**under, "range": [-0.1, len(axes) - 0.9], "showgrid": False, "zeroline": False}
    return figure.update_layout(
        xaxis=x_axis, yaxis={"visible": False, "range": [-0.06, 1.06]}, margin={"l": 15, "r": 50}
    )


AXES = 6  # that have room for their names and ticks, beside the score
COLORS = 16  # of lines


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
    least, most = min(numbers), max(numbers)
    is_wide = least > 0 and most > 100 * least and not name.endswith(" cv")  # a spread of nearly 0 is 0
    to, back = (math.log10, lambda v: 10.0**v) if is_wide else (float, float)
    low, high = to(least), to(most)
    ticks = [(i / 4, back(low + i / 4 * (high - low))) for i in range(5)] if high > low else [(0.5, least)]
    places = [(to(v) - low) / (high - low) if high > low else 0.5 for v in numbers]
    return _Axis(places, [(place, f"{v:.1%}" if percent else _short(v)) for place, v in ticks])


def _short(value: float) -> str:
    """As there is room for between two axes.

    >>> _short(0.007353), _short(3.148), _short(347.2)
    ('0.0074', '3.15', '347')
    """
    return f"{value:.2g}" if abs(value) < 1 else f"{value:.3g}"


def _lines(figure: go.Figure, axes: Sequence[_Axis], scores: Sequence[float], labels: Sequence[str], sign: int) -> None:
    """A trace for each of a few colours, the worst first, so that the better lie above; the last is the best one."""
    low, high = min(scores), max(scores)
    shares = [(score - low) / ((high - low) or 1.0) for score in scores]
    bins = [round((share if sign > 0 else 1 - share) * (COLORS - 1)) for share in shares]
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


# --- trade-offs and costs ---------------------------------------------------------------------------------------------


def pareto(points: Sequence[tuple[str, float, float]], cost: Metric, metric: Metric = ACCURACY) -> go.Figure:
    """The objective against another metric, and the front: candidates that no other equals in both and beats in one.

    Args:
        points: candidates with all their seeds: label, mean of the other metric, score; best score first.
        cost: the other metric.
        metric: the objective.
    """
    if not points:
        return empty(f"Pareto front: no candidate has all its seeds and {scale(cost).title} yet")
    x, y = scale(cost), scale(metric)
    leading = fronts.front(_signed(points, cost, metric))
    behind = sorted(set(range(min(len(points), DRAWN))) - set(leading))
    few = f"<br>{DRAWN} of each of {len(points)} candidates at most" if len(points) > DRAWN else ""
    figure = new("Pareto front", f"no candidate beats these in both{few}")
    for some, name, mark in (
        ([points[i] for i in behind], "others", {"color": NEUTRAL}),
        ([points[i] for i in spread(leading, DRAWN)], "front", {"color": BEST, "symbol": "diamond", "size": 10}),
    ):
        figure.add_scatter(
            x=[x.factor * p[1] for p in some],
            y=[y.factor * p[2] for p in some],
            text=[p[0] for p in some],
            mode="lines+markers" if name == "front" else "markers",
            line={"shape": "vh", "color": BEST, "dash": "dot"},
            marker=mark,
            name=name,
        )
    return figure.update_layout(xaxis=x.axis, yaxis=y.axis)


def hypervolume(
    start: float, points: Sequence[tuple[float, float, float]], cost: Metric, metric: Metric = ACCURACY
) -> go.Figure:
    """The area that the Pareto front dominates, over time, as a share of the box from the worst values to the best.

    Args:
        start: of the search, in seconds since 1970.
        points: candidates with all their seeds, in the order in which they had them: when, mean of the other metric,
            score.
        cost: the other metric.
        metric: the objective.
    """
    if not points:
        return empty(f"Hypervolume: no candidate has all its seeds and {scale(cost).title} yet")
    signed = _signed(points, cost, metric)
    worst = min(p[0] for p in signed), min(p[1] for p in signed)
    box = (max(p[0] for p in signed) - worst[0]) * (max(p[1] for p in signed) - worst[1])
    grown = [area / (box or 1.0) for area in fronts.growth(signed, worst)]
    changed = [i for i in range(len(grown)) if i in (0, len(grown) - 1) or grown[i] > grown[i - 1]]
    figure = new("Hypervolume", "share of the box from worst to best of both metrics")
    figure.add_scatter(
        x=[(points[i][0] - start) / 60 for i in changed],
        y=[grown[i] for i in changed],
        mode="lines+markers",
        line={**style(0), "shape": "hv"},
    )
    return figure.update_layout(
        xaxis={"title": {"text": "minutes"}, "rangemode": "tozero"},
        yaxis={"title": {"text": "hypervolume (%)"}, "tickformat": ".0%", "rangemode": "tozero"},
    )


def _signed(points: Sequence[tuple[Any, float, float]], cost: Metric, metric: Metric) -> list[fronts.Pair]:
    """Score and the other metric, so that the larger is the better."""
    signs = Objective(metric=metric).sign, Objective(metric=cost).sign
    return [(signs[0] * score, signs[1] * value) for _, value, score in points]


class Layer(NamedTuple):
    """What a layer costs an inference: joule, and the share of steps at which its neurons fire."""

    layer: str
    energy: float
    firing_rate: float | None


def layer_costs(networks: Mapping[str, Sequence[Layer]]) -> go.Figure:
    """Energy and firing rate by layer, from the input, of one or a few networks.

    Args:
        networks: layers by label.
    """
    if not any(networks.values()):
        return empty("Costs by layer: no trial with layers has finished yet")
    names = list(dict.fromkeys(spoken(layer.layer) for layers in networks.values() for layer in layers))
    rates = [layer.firing_rate or 0.0 for layers in networks.values() for layer in layers]
    grid = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.08)
    figure = dressed(grid, "Costs by layer", "", 170 + 16 * len(names) * (1 + len(networks)))
    values: Sequence[Callable[[Layer], float | None]] = (lambda c: 1e9 * c.energy, lambda c: c.firing_rate)
    for i, (label, layers) in enumerate(networks.items()):
        for column, value in enumerate(values, 1):
            figure.add_bar(
                orientation="h",
                y=[spoken(layer.layer) for layer in layers],
                x=[value(layer) for layer in layers],
                name=label,
                legendgroup=label,
                showlegend=column == 1 and len(networks) > 1,
                marker=pattern(i),
                row=1,
                col=column,
            )
    figure.update_yaxes(categoryorder="array", categoryarray=names, range=[len(names) - 0.5, -0.5])
    return figure.update_layout(
        xaxis={"title": {"text": "energy (nJ)"}, "rangemode": "tozero"},
        xaxis2={
            "title": {"text": "firing rate (%)"},
            "tickformat": ".0%",
            "nticks": 4,
            "range": [0, 1.05 * max(rates) or 1.0],
        },
    )
