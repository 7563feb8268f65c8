"""What all pictures share: size, two themes, marks that do not depend on colour, units of metrics."""

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypeVar

import plotly.graph_objects as go
from plotly.colors import hex_to_rgb

from searchsvc.metrics import catalog

Theme = Literal["light", "dark"]
T = TypeVar("T")

# Okabe & Ito 2008, told apart by colour-blind readers; without yellow and black, which one of the themes would hide.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star")
PATTERNS = ("", "/", "x", ".", "\\", "+")
NEUTRAL = "#888888"  # stands out from both backgrounds
WORST, BEST = PALETTE[1], PALETTE[0]
SCORES = [[0.0, WORST], [1.0, BEST]]  # a colour scale whose ends both themes show
DIVERGING = ((178, 24, 43), (244, 165, 130), (247, 247, 247), (146, 197, 222), (33, 102, 172))  # ColorBrewer's RdBu
DRAWN = 1000  # points of a picture at most, so that it stays small
MINUTES = {"title": {"text": "minutes"}, "rangemode": "tozero"}  # an axis
PERCENT = "~%"  # with the digits that tell ticks apart


class Scale(NamedTuple):
    """How a metric is drawn: `values` times `factor`, on an axis of this title that ends where values do."""

    title: str
    factor: float = 1.0
    format: str = ""
    low: float = -math.inf
    high: float = math.inf

    @property
    def axis(self) -> dict[str, Any]:
        ends = {"minallowed": self.low, "maxallowed": self.high}
        finite = {name: end for name, end in ends.items() if math.isfinite(end)}
        return {"title": {"text": self.title}, **({"tickformat": self.format} if self.format else {}), **finite}

    def ends(self, value: float, half: float | None) -> tuple[float, float]:
        """Of an interval around a value of the metric, drawn as far as there can be values.

        >>> scale("accuracy/validation").ends(0.75, 0.5)
        (0.25, 1.0)
        """
        low, high = (self.factor * (value + sign * (half or 0.0)) for sign in (-1, 1))
        return max(low, self.low), min(high, self.high)


def scale(name: str) -> Scale:
    """Of a metric by its full name, or of what else an epoch's report has.

    >>> scale("accuracy/validation").title, scale("energy").title, scale("train_loss").title
    ('validation accuracy (%)', 'energy (nJ)', 'train loss')
    """
    metric = catalog.known(name)
    title = " ".join([*metric.split.split("_"), metric.said]).strip()
    if metric.unit:
        title = f"{title} ({metric.unit})"
    if metric.is_share:
        return Scale(title, format=PERCENT, low=0.0, high=1.0)
    return Scale(title, metric.factor, low=metric.factor * metric.lowest)


def sign(metric: str) -> int:
    """A value of the metric times this is better when it is larger."""
    return catalog.get(metric).sign


def minutes(started: float, times: Sequence[float]) -> list[float]:
    """Since then, of times in seconds."""
    return [(time - started) / 60 for time in times]


def steps_axis(last: int) -> dict[str, Any]:
    """An axis of epochs up to this one: ticks are whole numbers."""
    return {"title": {"text": "epoch"}, "tickmode": "linear", "tick0": 0, "dtick": _round(last / 10)}


def _round(least: float) -> int:
    """1, 2 or 5 times a power of ten, and no less.

    >>> _round(0.2), _round(3), _round(12)
    (1, 5, 20)
    """
    power = int(10 ** max(math.ceil(math.log10(max(least, 1))) - 1, 0))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= least)


def graded(values: Sequence[float]) -> dict[str, Any]:
    """The axis of a parameter with these values: logarithmic where all are positive; no line lies on the frame."""
    is_log = min(values) > 0
    low, high = (math.log10(value) if is_log else value for value in (min(values), max(values)))
    aside = 0.04 * (high - low) or (0.02 if is_log else 0.04 * abs(high) or 0.04)
    return {"type": "log" if is_log else "linear", "range": [low - aside, high + aside]}


def columns(rows: Sequence[Sequence[T]]) -> list[list[T]]:
    return [list(column) for column in zip(*rows, strict=True)]


def new(title: str, subtitle: str = "", height: int = 380) -> go.Figure:
    """An empty picture, light until it is `themed`."""
    return dressed(go.Figure(), title, subtitle, height)


def dressed(figure: go.Figure, title: str, subtitle: str, height: int) -> go.Figure:
    heading = {"text": title, "subtitle": {"text": subtitle}} if subtitle else {"text": title}
    top = 60 + 18 * subtitle.count("<br>")
    # A legend below leaves room for ticks and title, as a share of the plot, which is this high with a long legend.
    place = -62 / max(height - top - 120, 40)
    return figure.update_layout(title=heading, height=height, template=TEMPLATES["light"], legend_y=place, margin_t=top)


def empty(missing: str) -> go.Figure:
    """A picture of nothing, whose title says what is missing."""
    return new(missing).update_layout(xaxis={"visible": False}, yaxis={"visible": False}, height=120)


def themed(figure: go.Figure, theme: Theme) -> go.Figure:
    """The same picture in the colours of a page; the page's background shows through."""
    return figure.update_layout(template=TEMPLATES[theme])


def color(share: float) -> str:
    """From the worst (0) to the best (1)."""
    return _mixed(hex_to_rgb(WORST), hex_to_rgb(BEST), share)


def diverging(share: float) -> tuple[str, str]:
    """The colour from the lowest (0) to the highest (1) through white, and that of a text on it."""
    place = min(max(share, 0.0), 1.0) * (len(DIVERGING) - 1)
    i = min(int(place), len(DIVERGING) - 2)
    mixed = _mixed(DIVERGING[i], DIVERGING[i + 1], place - i)
    return mixed, "#000000" if _luminance(mixed) > 0.18 else "#ffffff"  # where the contrasts are equal


def _mixed(start: Sequence[float], end: Sequence[float], share: float) -> str:
    """In whole numbers, since others may become 7e-15, which is no colour."""
    parts = (round(a + share * (b - a)) for a, b in zip(start, end, strict=True))
    return "rgb({}, {}, {})".format(*parts)


def _luminance(rgb: str) -> float:
    """WCAG's relative luminance."""
    values = (int(part) / 255 for part in rgb[4:-1].split(","))
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def pattern(number: int) -> dict[str, Any]:
    """A bar's colour and hatches, which are dark on the colour in both themes."""
    shape = PATTERNS[number % len(PATTERNS)]
    look = {"shape": shape, "fillmode": "overlay", "fgcolor": "#222222", "fgopacity": 0.7, "size": 7}
    return {"color": PALETTE[number % len(PALETTE)], "pattern": look}


def spoken(path: str) -> str:
    """Where a layer is in its network, in words.

    >>> spoken("layers.0.synapse"), spoken("readout"), spoken("blocks.2.convolutions.1")
    ('layer 1, synapse', 'readout', 'block 3, convolution 2')
    """
    words: list[str] = []
    for part in path.split("."):
        if part.isdigit() and words:
            words[-1] = f"{words[-1].removesuffix('s')} {int(part) + 1}"
        else:
            words.append(part.replace("_", " "))
    return ", ".join(words)


def translucent(number: int, opacity: float = 0.2) -> str:
    """The palette's colour, for a band."""
    red, green, blue = hex_to_rgb(PALETTE[number % len(PALETTE)])
    return f"rgba({red}, {green}, {blue}, {opacity})"


def style(number: int) -> dict[str, Any]:
    """A line's colour and dash."""
    return {"color": PALETTE[number % len(PALETTE)], "dash": DASHES[number % len(DASHES)]}


def spread(values: Sequence[T], most: int) -> list[T]:
    """At most so many of the values, evenly, with the first and the last.

    >>> spread([1, 2, 3, 4, 5], 3), spread([1, 2], 3)
    ([1, 3, 5], [1, 2])
    """
    if len(values) <= most:
        return list(values)
    return [values[round(i * (len(values) - 1) / (most - 1))] for i in range(most)]


def _template(text: str, grid: str, back: str) -> go.layout.Template:
    axis = {"gridcolor": grid, "linecolor": grid, "zerolinecolor": grid, "automargin": True}
    return go.layout.Template(
        data={"scatter": [{"cliponaxis": False}]},  # marks at 0 or 100 % are whole
        layout={
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"color": text, "size": 12, "family": "system-ui, sans-serif"},
            "title": {"x": 0, "xref": "paper", "xanchor": "left", "font": {"size": 14}},
            "colorway": PALETTE,
            "xaxis": axis,
            "yaxis": axis,
            "margin": {"l": 50, "r": 15, "t": 60, "b": 40},
            "hovermode": "closest",
            "annotationdefaults": {"bgcolor": back},
            "legend": {"orientation": "h", "x": 0, "yanchor": "top"},
        },
    )


TEMPLATES: dict[Theme, go.layout.Template] = {
    "light": _template("#222222", "#dddddd", "rgba(255,255,255,0.7)"),
    "dark": _template("#e6e6e6", "#444444", "rgba(20,23,28,0.7)"),
}
