"""Architecture parameters over layers, as ST-DANO draws them, with a slider over epochs; a star marks the largest."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from searchsvc.pictures._architecture import Architecture, Values
from searchsvc.pictures._drawing import columns, diverging, empty, new, spread

EPOCHS = 60  # of a slider


class OfSearch(Architecture):
    title = "Architecture parameters over layers"
    kind = "alpha"
    place = 20


def figure(values: Values) -> go.Figure:
    neurons, steps = values
    if not steps:
        return empty("No architecture parameters yet")
    epochs = spread(sorted(steps), EPOCHS)
    every = [v for epoch in epochs for layer in steps[epoch] for v in layer]
    last, ends = epochs[-1], (min(every), max(every))
    figure = new(_title(last), "★ the neuron that a layer would take", height=380)
    figure.add_heatmap(
        x=[str(i) for i in range(1, len(steps[last]) + 1)],
        y=[name.upper() for name in neurons],
        **_cells(steps[last], *ends),
        texttemplate="%{text}",
        textfont={"size": 10},
        hovertemplate="layer %{x}, %{y}: %{z:.4f}<extra></extra>",
        colorscale=[[i / 4, diverging(i / 4)[0]] for i in range(5)],
        zmin=ends[0],
        zmax=ends[1],
        colorbar={"title": {"text": "α"}, "thickness": 12},
    )
    figure.update_layout(xaxis={"type": "category", "title": {"text": "layer"}})
    if len(epochs) == 1:
        return figure
    figure.frames = [
        go.Frame(name=str(e), data=[go.Heatmap(**_cells(steps[e], *ends))], layout={"title": {"text": _title(e)}})
        for e in epochs
    ]
    return figure.update_layout(sliders=[_slider(epochs)])


def _title(epoch: int) -> str:
    return f"Architecture parameters, epoch {epoch}"


def _slider(epochs: Sequence[int]) -> dict[str, Any]:
    at_once = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    moves = [{"label": str(e), "method": "animate", "args": [[str(e)], at_once]} for e in epochs]
    return {"steps": moves, "active": len(epochs) - 1, "currentvalue": {"prefix": "epoch "}, "pad": {"t": 45}}


def _cells(alpha: Sequence[Sequence[float]], low: float, high: float) -> dict[str, Any]:
    """Values with a row for each candidate; numbers as text where there is room for them."""
    number = "{:.2f}<br>" if len(alpha) <= 8 else ""

    def text(value: float, is_most: bool) -> str:
        ink = diverging((value - low) / ((high - low) or 1.0))[1]
        return f"<span style='color:{ink}'>{number.format(value)}{'★' if is_most else ''}</span>"

    return {"z": columns(alpha), "text": columns([[text(v, v == max(layer)) for v in layer] for layer in alpha])}
