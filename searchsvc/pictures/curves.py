"""A metric by epoch: a line a trial, a colour and dash a candidate."""

from typing import NamedTuple

import plotly.graph_objects as go

from searchsvc.metrics.names import ACCURACY
from searchsvc.pictures._drawing import SYMBOLS, empty, new, scale, steps_axis, style
from searchsvc.pictures._source import Candidates, Runs, Trial
from searchsvc.pictures._view import View


class Values(NamedTuple):
    metric: str  # as reports call it
    runs: Runs  # by candidate, the values of each of its trials at epochs 1, 2, ...


class OfTrial(View[Trial]):
    """Of every metric of its reports, what scores first."""

    title = "Reports by epoch"
    place = 10

    def applies(self, trial: Trial) -> bool:
        """A single step makes no curve."""
        return trial.steps > 1

    def choices(self, trial: Trial) -> list[str]:
        names = {name for report in trial.reports() for name in report}
        return sorted(names, key=lambda name: ("/" not in name, name != "train_loss", name))

    def read(self, trial: Trial, of: str) -> Values:
        values = [report[of] for report in trial.reports() if of in report]
        return Values(of or ACCURACY, {f"trial {trial.number}": [values]})


class OfCandidates(View[Candidates]):
    title = "Learning curves"
    place = 10
    is_open = True

    def applies(self, candidates: Candidates) -> bool:
        return candidates.steps > 1

    def read(self, candidates: Candidates, of: str) -> Values:
        return Values(*candidates.curves(of))


def figure(values: Values) -> go.Figure:
    axis = scale(values.metric)
    last = max((len(run) for trials in values.runs.values() for run in trials), default=0)
    if last < 2:
        return empty(f"{axis.title} by epoch: {'one epoch so far' if last else 'nothing is reported yet'}".capitalize())
    figure = new(f"{axis.title} by epoch".capitalize())
    for i, (label, trials) in enumerate(values.runs.items()):
        for j, run in enumerate(trials):
            figure.add_scatter(
                x=list(range(1, len(run) + 1)),
                y=[axis.factor * value for value in run],
                mode="lines" if len(run) > 30 else "lines+markers",
                marker={"symbol": SYMBOLS[i % len(SYMBOLS)], "size": 6},
                line=style(i),
                name=label,
                legendgroup=str(i),
                showlegend=not j and len(values.runs) > 1,
            )
    return figure.update_layout(xaxis=steps_axis(last), yaxis=axis.axis)
