"""How pages show times and numbers."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from api.schemas import Estimate
from searchsvc.metrics.names import fresh, parted
from searchsvc.metrics.numbers import Numbers, duration
from searchsvc.metrics.words import SPLITS, shown, titled
from spaces import catalog
from spaces.space.points import brief, described

HUES = 8  # colours of neurons in style.css


def when(moment: datetime | float | None) -> str:
    """A moment in UTC; the page's script shows it in the reader's time zone.

    >>> when(0.0)
    '1970-01-01 00:00:00 UTC'
    """
    if moment is None:
        return ""
    moment = datetime.fromtimestamp(moment, UTC) if isinstance(moment, float | int) else moment
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def together(found: Iterable[Estimate | None], metric: str) -> Numbers:
    """How estimates of a metric are written that stand together."""
    there = [one for one in found if one]
    return Numbers.of(metric, [one.mean for one in there], [one.ci95 for one in there])


def leaf(value: Any) -> str:
    """A plain value of a configuration, as JSON writes it; words without quotes, four digits.

    >>> leaf([16, 0.1 + 0.2]), leaf("vgg"), leaf(None), leaf(True)
    ('[16, 0.3]', 'vgg', 'null', 'true')
    """
    if isinstance(value, list):
        return f"[{', '.join(map(leaf, value))}]"
    return brief(value) if isinstance(value, float | str) else json.dumps(value)


def field(path: str) -> str:
    """A metric, or a field of a configuration, in words.

    >>> field("accuracy/validation_confirmed"), field("training.epochs"), field("split_seed"), field("accuracy/test")
    ('accuracy, fresh seeds', 'training epochs', 'split seed', 'accuracy, test')
    """
    metric, split = parted(path)
    said = metric.replace(".", " ").replace("_", " ")
    return f"{said}, {SPLITS.get(split, split)}" if split else said


def iso(seconds: float) -> str:
    """A moment as `<time>` has it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def pretty(value: Any) -> str:
    """JSON as text, for people; the template escapes it."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def hue(neuron: str) -> str:
    """The class of its colour, the same on every page; those beyond the last colour, and unknown ones, share one.

    >>> hue("lif") == hue("lif") != hue("slif"), hue("nobody's")
    (True, 'hue-7')
    """
    known = catalog.neurons.names()
    return f"hue-{min(known.index(neuron), HUES - 1) if neuron in known else HUES - 1}"


def runs(placement: Sequence[str]) -> str:
    """The neuron of every layer, in words.

    >>> runs(["lif", "lif", "slif", "lif"])
    'layers 1 to 2 LIF, 3 SLIF, 4 LIF'
    """
    said, first = [], 1
    for name, layers in groupby(placement):
        last = first + len(list(layers)) - 1
        said.append(f"{first} to {last} {name.upper()}" if last > first else f"{first} {name.upper()}")
        first = last + 1
    return f"layers {', '.join(said)}" if said else ""


FILTERS = {
    "hue": hue,
    "runs": runs,
    "iso": iso,
    "json": pretty,
    "leaf": leaf,
    "duration": duration,
    "when": when,
    "numbers": lambda values, metric: Numbers.of(metric, values),
    "together": together,
    "shown": lambda value, metric: shown(metric, value),
    "field": field,
    "fresh": fresh,
    "brief": brief,
    "described": described,
    "titled": titled,
}
