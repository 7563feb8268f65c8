"""How pages show times and numbers."""

import json
from datetime import UTC, datetime
from math import floor, log10
from typing import Any

from searchsvc.metrics import catalog
from searchsvc.metrics.names import fresh, parted
from searchsvc.metrics.words import titled

SPLITS = {
    "validation_confirmed": "fresh seeds",
    "test_confirmed": "test, fresh seeds",
    "confirmed": "fresh seeds",
}


def duration(seconds: float | None) -> str:
    """A length of time as people say it.

    >>> duration(0.42), duration(75), duration(7300), duration(200000), duration(None)
    ('0.4 s', '1 min 15 s', '2 h 1 min', '2 d 7 h', '')
    """
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for size, name, smaller, unit in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            return f"{whole // size} {name} {whole % size // smaller} {unit}"
    return f"{whole} s"


def when(moment: datetime | float | None) -> str:
    """A moment in UTC; the page's script shows it in the reader's time zone.

    >>> when(0.0)
    '1970-01-01 00:00:00 UTC'
    """
    if moment is None:
        return ""
    moment = datetime.fromtimestamp(moment, UTC) if isinstance(moment, float | int) else moment
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def unit(metric: str) -> str:
    """What its shown values are counted in.

    >>> unit("accuracy/validation"), unit("energy"), unit("sops")
    ('%', 'nJ', '')
    """
    return catalog.known(metric).unit


def number(value: float | None, metric: str = "") -> str:
    """A value of a metric without its unit.

    >>> number(0.9861, "accuracy/validation"), number(7.353e-7, "energy"), number(1234567.0, "sops"), number(0.01234)
    ('98.61', '735.3', '1,234,567', '0.01234')
    """
    if value is None:
        return ""
    about = catalog.known(metric)
    value = about.factor * value
    if about.is_share:
        return f"{value:.2f}"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def spread(mean: float | None, half: float | None, metric: str = "") -> str:
    """A mean and the half-width of its interval, to as many digits as the interval allows: two of its own.

    >>> spread(0.98613, 0.00421, "accuracy/validation"), spread(10.3519, 0.5871), spread(8.94, 28.61), spread(3.0, None)
    ('98.61 ± 0.42', '10.35 ± 0.59', '8.9 ± 28.6', '3')
    >>> spread(12345.6, 789.0), spread(7.0, 0.0)
    ('12,346 ± 789', '7 ± 0')
    """
    if mean is None or half is None:
        return number(mean, metric)
    scale = catalog.known(metric).factor
    mean, half = scale * mean, scale * half
    if half <= 1e-9 * abs(mean):
        return f"{number(mean / scale, metric)} ± 0"
    digits = 0 if half >= 100 else max(1, 1 - floor(log10(half)))
    return f"{mean:,.{digits}f} ± {half:,.{digits}f}"


def signed(value: float, metric: str = "") -> str:
    """A difference of two values of a metric, without its unit.

    >>> signed(-0.012, "accuracy/validation"), signed(2e-9, "energy")
    ('−1.20', '+2')
    """
    return f"{'−' if value < 0 else '+'}{number(abs(value), metric)}"


def gap(value: float, half: float | None, metric: str = "") -> str:
    """A difference with the half-width of its interval, to as many digits as `spread` gives.

    >>> gap(-0.0104, 0.0421, "accuracy/validation"), gap(2e-9, None, "energy")
    ('−1.0 ± 4.2', '+2')
    """
    return f"{'−' if value < 0 else '+'}{spread(abs(value), half, metric)}"


def brief(value: Any) -> str:
    """A value of a dimension: a number, a word, or a distribution with its parameters.

    >>> brief(0.123456), brief({"family": "gamma", "mean": 2.0, "samples": [1, 2]})
    ('0.1235', 'gamma (mean 2, 2 samples)')
    """
    if isinstance(value, dict) and "family" in value:
        return f"{value['family']} ({', '.join(_field(*item) for item in value.items() if item[0] != 'family')})"
    if isinstance(value, list):
        return " / ".join(map(brief, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _field(name: str, value: Any) -> str:
    return f"{len(value)} samples" if name == "samples" else f"{name} {brief(value)}"


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


FILTERS = {
    "iso": iso,
    "json": pretty,
    "leaf": leaf,
    "duration": duration,
    "when": when,
    "unit": unit,
    "number": number,
    "spread": spread,
    "signed": signed,
    "gap": gap,
    "field": field,
    "fresh": fresh,
    "brief": brief,
    "titled": titled,
}
