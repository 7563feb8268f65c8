"""Energy and firing rate by layer, from the input, of one or a few networks."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from searchsvc.pictures._choosing import chosen, labels
from searchsvc.pictures._drawing import PERCENT, dressed, empty, pattern, spoken
from searchsvc.pictures._source import Candidates, Layer, Search, Trial
from searchsvc.pictures._view import View


class Values(NamedTuple):
    networks: Mapping[str, Sequence[Layer]]  # by label


class OfSearch(View[Search]):
    """Of the leading candidate, or another one, and of the first baseline beside it."""

    title = "Costs by layer"
    place = 120

    def applies(self, search: Search) -> bool:
        return "energy" in search.costs

    def choices(self, search: Search) -> list[str]:
        return labels(search.leaderboard())

    def read(self, search: Search, of: str) -> Values:
        shown = [one for one in (chosen(search.leaderboard(), of), search.baseline()) if one]
        found = {one.title: search.layers(one) for one in shown}
        return Values({label: layers for label, layers in found.items() if layers})


class OfTrial(View[Trial]):
    title = "Costs by layer"
    kind = "layers"
    place = 20

    def applies(self, trial: Trial) -> bool:
        """What has been measured; before the trial's end also what will be."""
        return trial.expects_layers or bool(trial.layers())

    def read(self, trial: Trial, of: str) -> Values:
        return Values({f"trial {trial.number}": trial.layers()})


class OfCandidates(View[Candidates]):
    title = "Costs by layer"
    kind = "layers"
    place = 30

    def applies(self, candidates: Candidates) -> bool:
        return any(candidates.layers().values())

    def read(self, candidates: Candidates, of: str) -> Values:
        return Values(candidates.layers())


def figure(values: Values) -> go.Figure:
    networks = values.networks
    if not any(networks.values()):
        return empty("Costs by layer: no trial with layers has finished yet")
    names = list(dict.fromkeys(spoken(layer.layer) for layers in networks.values() for layer in layers))
    rates = [layer.firing_rate or 0.0 for layers in networks.values() for layer in layers]
    grid = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.08)
    figure = dressed(grid, "Costs by layer", "", 170 + 16 * len(names) * (1 + len(networks)))
    shown: Sequence[Callable[[Layer], float | None]] = (lambda c: 1e9 * c.energy, lambda c: c.firing_rate)
    for i, (label, layers) in enumerate(networks.items()):
        for column, value in enumerate(shown, 1):
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
    percent = {"tickformat": PERCENT, "nticks": 4, "range": [0, min(1.05 * max(rates), 1.0) or 1.0]}
    return figure.update_layout(
        xaxis={"title": {"text": "energy (nJ)"}, "rangemode": "tozero"},
        xaxis2={"title": {"text": "firing rate (%)"}, **percent},
    )
