"""Pictures of a search: one function each, returning a plotly figure for page, notebook or file."""

import math
from collections.abc import Callable, Mapping, Sequence

import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from searchsvc.objectives import ACCURACY, Metric, Objective

TEMPLATE = "plotly_white"
MARGIN = {"l": 60, "r": 20, "t": 40, "b": 45}


def alpha_heat_map(candidates: Sequence[str], steps: Mapping[int, Sequence[Sequence[float]]]) -> go.Figure:
    """The last step's architecture parameters, as the literature draws them; a star marks each layer's largest.

    Args:
        steps: layers x candidates of every epoch; empty draws an empty picture.
    """
    last = max(steps, default=0)
    alpha = steps.get(last, [])
    figure = go.Figure(layout={"template": TEMPLATE, "margin": MARGIN, "height": 320})
    layers = [f"layer {i}" for i in range(1, len(alpha) + 1)]
    columns = [list(column) for column in zip(*alpha, strict=True)]
    marks = [["★" if value == max(row) else "" for row, value in zip(alpha, column, strict=True)] for column in columns]
    if alpha:
        figure.add_heatmap(
            x=layers,
            y=[name.upper() for name in candidates],
            z=columns,
            text=[[f"{v:.3f} {m}" for v, m in zip(c, k, strict=True)] for c, k in zip(columns, marks, strict=True)],
            texttemplate="%{text}",
            colorscale="Viridis",
            colorbar={"title": "α"},
        )
    figure.update_layout(title=f"Architecture parameters, epoch {last}" if alpha else "No architecture parameters yet")
    return figure


def polynomials(label: str, layers: Mapping[int, Sequence[float]], bound: float, lif: float) -> go.Figure:
    """f(u) of every LNM layer over the interval that bounds its argument, and LIF's line, dashed.

    Args:
        layers: coefficients of u, u^2, ... by layer from the input; empty draws an empty picture.
        lif: the share of its potential that LIF keeps.
    """
    figure = go.Figure(layout={"template": TEMPLATE, "margin": MARGIN, "height": 320})
    if not layers:
        return figure
    u = [bound * (i / 50 - 1) for i in range(101)]
    for layer, theta in layers.items():
        f = [sum(c * x**power for power, c in enumerate(theta, 1)) for x in u]
        figure.add_scatter(x=u, y=f, mode="lines", name=f"layer {layer + 1}")
    line = {"dash": "dash", "color": "black"}
    figure.add_scatter(x=u, y=[lif * x for x in u], mode="lines", name="LIF", line=line)
    figure.update_layout(
        title=f"What {label} has learned", xaxis={"title": "bounded potential u"}, yaxis={"title": "f(u)"}
    )
    return figure


def distributions(
    name: str, shares: Sequence[float], quantiles: Mapping[str, Sequence[float]], scores: Mapping[str, float]
) -> go.Figure:
    """The distribution functions of one parameter, overlaid; those of better candidates stand out by their colour.

    Args:
        name: of the parameter.
        shares: in (0, 1), at which the quantiles are taken.
        quantiles: of every candidate by its label; empty draws an empty picture.
        scores: of the candidates that have one; the others are grey.
    """
    figure = go.Figure(layout={"template": TEMPLATE, "margin": MARGIN, "height": 320})
    if not quantiles:
        return figure
    low, high = min(scores.values(), default=0.0), max(scores.values(), default=1.0)
    for label in sorted(quantiles, key=lambda label: scores.get(label, -math.inf)):
        place = (scores[label] - low) / ((high - low) or 1.0) if label in scores else None
        color = "lightgrey" if place is None else sample_colorscale("Viridis_r", place)[0]
        shown = f"{label}: {scores[label]:.4g}" if label in scores else label
        figure.add_scatter(x=quantiles[label], y=shares, mode="lines", name=shown, line={"color": color})
    figure.update_layout(
        title=f"Distributions of {name}", xaxis={"title": name}, yaxis={"title": "share below", "range": [0, 1]}
    )
    return figure


def best_so_far(
    start: float, scores: Sequence[tuple[float, float, str]], seeds: int, metric: Metric = ACCURACY
) -> go.Figure:
    """The objective of each finished trial against time, and the best mean of a candidate with all its seeds.

    Constraints do not count here: the leaderboard says who keeps them.

    Args:
        start: of the search, in seconds since 1970.
        scores: finish time, score and candidate of the trials, in the order in which they were told.
        seeds: trials of a complete candidate.
        metric: the objective.
    """
    figure = go.Figure(layout={"template": TEMPLATE, "margin": MARGIN, "height": 320})
    if not scores:
        return figure
    minutes = [(time - start) / 60 for time, _, _ in scores]
    figure.add_scatter(
        x=minutes,
        y=[score for _, score, _ in scores],
        text=[label for _, _, label in scores],
        mode="markers",
        name="one trial",
    )
    better = max if Objective(metric=metric).direction == "max" else min
    best = _best_means([(label, score) for _, score, label in scores], seeds, better)
    figure.add_scatter(x=minutes, y=best, mode="lines", name="best mean over all seeds", line={"shape": "hv"})
    figure.update_layout(
        title="Best so far",
        xaxis={"title": "minutes", "rangemode": "tozero"},
        yaxis={"title": "validation accuracy", "tickformat": ".1%"} if metric == ACCURACY else {"title": metric},
        legend={"orientation": "h", "x": 1, "y": 1, "xanchor": "right", "yanchor": "bottom"},
    )
    return figure


def _best_means(scores: Sequence[tuple[str, float]], seeds: int, better: Callable[..., float]) -> list[float | None]:
    """After each trial, the best mean of the candidates that have all their seeds; None before there is one."""
    found: dict[str, list[float]] = {}
    best: list[float | None] = []
    for label, score in scores:
        found.setdefault(label, []).append(score)
        best.append(better((sum(v) / seeds for v in found.values() if len(v) == seeds), default=None))
    return best
