"""Architecture parameters by epoch, a small picture for each layer."""

import math

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from searchsvc.pictures._architecture import Architecture, Values
from searchsvc.pictures._drawing import dressed, empty, steps_axis, style


class OfSearch(Architecture):
    title = "Architecture parameters by epoch"
    kind = "alpha-trajectories"
    place = 30
    least = 2


def figure(values: Values) -> go.Figure:
    neurons, steps = values
    if not steps:
        return empty("No architecture parameters yet")
    epochs = sorted(steps)
    if len(epochs) == 1:
        return empty("Architecture parameters by epoch: one epoch so far")
    layers = len(steps[epochs[-1]])
    columns = min(3, layers)
    rows = math.ceil(layers / columns)
    names = [f"layer {i}" for i in range(1, layers + 1)]
    gaps = {"vertical_spacing": 55 / (150 * rows), "horizontal_spacing": 0.04}
    grid = make_subplots(rows, columns, shared_xaxes="all", shared_yaxes=True, subplot_titles=names, **gaps)
    figure = dressed(grid, "Architecture parameters α by epoch", "", 160 + 150 * rows)
    for layer in range(layers):
        for i, name in enumerate(neurons):
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
    figure.update_xaxes({**steps_axis(epochs[-1]), "title": None, "showticklabels": True})
    for column in range(columns):  # the lowest pictures
        lowest = (layers - 1 - column) // columns + 1
        figure.update_xaxes(title_text="epoch", row=lowest, col=column + 1)
    return figure.update_annotations(font_size=12)
