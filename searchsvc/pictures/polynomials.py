"""f(u) of every LNM layer over the interval that bounds its argument, and LIF's line, dashed."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from searchsvc.pictures._choosing import chosen, labels
from searchsvc.pictures._drawing import NEUTRAL, PALETTE, color, empty, new, style
from searchsvc.pictures._source import Candidate, Search
from searchsvc.pictures._view import View
from spaces.neurons.params.lnm import START, Params


class Values(NamedTuple):
    label: str
    layers: Mapping[int, Sequence[float]]  # coefficients of u, u^2, ... by layer from the input
    bound: float = 1.0


class OfSearch(View[Search]):
    title = "Learned polynomials"
    place = 50

    def applies(self, search: Search) -> bool:
        return "polynomials" in search.pictures

    def choices(self, search: Search) -> list[str]:
        return labels(_with_polynomials(search))

    def read(self, search: Search, of: str) -> Values:
        candidate = chosen(_with_polynomials(search), of)
        if candidate is None or (learned := search.learned(candidate)) is None:
            return Values("", {})
        layers = {layer: values["theta"] for layer, values in learned.layers.items() if "theta" in values}
        bound = max(Params.model_validate(neuron).bound for neuron in _lnm(candidate))
        return Values(f"{candidate.label} (seed {learned.seed})", layers, bound)


def _with_polynomials(search: Search) -> list[Candidate]:
    return [candidate for candidate in search.leaderboard() if _lnm(candidate)]


def _lnm(candidate: Candidate) -> list[Mapping[str, object]]:
    return [neuron for neuron in candidate.configuration.get("neurons", ()) if neuron["name"] == "lnm"]


def figure(values: Values) -> go.Figure:
    label, layers, bound = values
    if not layers:
        return empty("No polynomials: no LNM has finished a trial yet")
    figure = new(f"What {label} has learned")
    u = [bound * (i / 50 - 1) for i in range(101)]
    for i, (layer, theta) in enumerate(layers.items()):
        f = [sum(c * x**power for power, c in enumerate(theta, 1)) for x in u]
        line = style(i) if len(layers) <= len(PALETTE) else {"color": color(i / (len(layers) - 1))}
        figure.add_scatter(x=u, y=f, mode="lines", name=f"layer {layer + 1}", line=line)
    line = {"dash": "dash", "color": NEUTRAL}
    figure.add_scatter(x=u, y=[START * x for x in u], mode="lines", name="LIF", line=line)
    return figure.update_layout(xaxis={"title": {"text": "bounded potential u"}}, yaxis={"title": {"text": "f(u)"}})
