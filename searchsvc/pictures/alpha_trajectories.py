"""Architecture parameters by epoch, a small picture for each layer."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from searchsvc.pictures._drawing import dressed, empty, style
from searchsvc.pictures._source import Search
from searchsvc.pictures._view import View


class Values(NamedTuple):
    neurons: Sequence[str]  # by name
    steps: Mapping[int, Sequence[Sequence[float]]]  # layers x neurons of every epoch


class OfSearch(View[Search]):
    title = "Architecture parameters by epoch"
    place = 30

    def applies(self, search: Search) -> bool:
        return "alpha-trajectories" in search.pictures and (not search.has_ended or bool(search.alphas()[1]))

    def read(self, search: Search, of: str) -> Values:
        return Values(*search.alphas())


def figure(values: Values) -> go.Figure:
    neurons, steps = values
    if not steps:
        return empty("No architecture parameters yet")
    epochs = sorted(steps)
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
    for column in range(columns):  # the lowest pictures
        lowest = (layers - 1 - column) // columns + 1
        figure.update_xaxes(title_text="epoch", row=lowest, col=column + 1)
    return figure.update_xaxes(showticklabels=True).update_annotations(font_size=12)
