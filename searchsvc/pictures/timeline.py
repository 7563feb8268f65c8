"""Trials over workers, a lane each; those that run reach up to now."""

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from searchsvc.pictures._drawing import DRAWN, MINUTES, NEUTRAL, empty, minutes, new, pattern
from searchsvc.pictures._source import Bar, Search
from searchsvc.pictures._view import View

UNKNOWN = "not known"
PHASES = ("retrain", "running", "search", "confirm", "pruned", "failed", "cancelled")


class Values(NamedTuple):
    started: float  # the search, in seconds since 1970, as all times
    now: float
    bars: Sequence[Bar]  # in any order; without a known worker they share a lane
    total: int | None = None  # of trials, if these are only the latest


class OfSearch(View[Search]):
    title = "Trials over workers"
    place = 130

    def read(self, search: Search, of: str) -> Values:
        return Values(search.started, search.now(), search.bars(DRAWN), search.trial_count)


def figure(values: Values) -> go.Figure:
    started, now, bars, total = values
    if not bars:
        return empty("Time line: no trial has begun yet")
    lanes = sorted({bar.worker or UNKNOWN for bar in bars}, key=lambda lane: (lane == UNKNOWN, lane))
    few = f"<br>the latest {len(bars)} of {total} trials" if total and total > len(bars) else ""
    figure = new("Trials over workers", f"the last attempt of each trial{few}", height=250 + 34 * len(lanes))
    for what in sorted({bar.what for bar in bars}, key=lambda what: (_order(what), what)):
        own = [bar for bar in bars if bar.what == what]
        lengths = [((bar.ended or now) - bar.started) / 60 for bar in own]
        figure.add_bar(
            orientation="h",
            y=[bar.worker or UNKNOWN for bar in own],
            base=minutes(started, [bar.started for bar in own]),
            x=lengths,
            text=[f"trial {bar.number}: {bar.label}" for bar in own],
            textposition="none",
            customdata=lengths,  # x of a bar is where it ends
            hovertemplate="%{text}<br>%{customdata:.2f} minutes<extra>" + what + "</extra>",
            name=what,
            marker={"color": NEUTRAL} if what == "cancelled" else pattern(_order(what)),
        )
    return figure.update_layout(
        barmode="overlay",
        bargap=0.25,
        xaxis=MINUTES,
        yaxis={"categoryorder": "array", "categoryarray": lanes[::-1], "title": {"text": "worker"}},
        showlegend=True,
    )


def _order(what: str) -> int:
    return PHASES.index(what)
