"""How numbers are written for people, by command line, client, pages and pictures alike.

Values that stand together, as in a column, have one unit and equally many decimals: four significant digits of the
largest, more where it takes more to tell values apart that differ in their own first four, and of means with intervals
no more than the smallest interval allows, which is two of its digits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Self

from searchsvc.metrics import catalog

SIGNIFICANT = 4
FURTHER = 4  # decimals at most beyond those of the largest value, to tell small ones apart
LEAST = 1e-4  # what is all below it is written with an exponent
PREFIXES = ("p", "n", "µ", "m", "")
PREFIXED = ("J", "s")  # units that may have one
TENTHS = 100  # half-widths below it may have them
WIDE, NARROW = 10_000, 0.1  # from which on, and below which, values have another prefix
MINUS = "−"


@dataclass(frozen=True)
class Numbers:
    """Values of one metric that stand together: times `factor` in `unit`, with so many decimals; None: an exponent."""

    factor: float = 1.0
    unit: str = ""
    decimals: int | None = 2
    is_share: bool = False

    @classmethod
    def of(
        cls,
        name: str,
        means: Iterable[float | None],
        halves: Iterable[float | None] = (),
        *,
        like: "Numbers | None" = None,
    ) -> Self:
        """For values of the metric of this full name, and their intervals if they have some.

        Args:
            like: those of values that these are compared with, whose unit they have.

        >>> [Numbers.of("energy", [1.329e-8, 1.331e-8, 1.334e-8]).value(v) for v in (1.329e-8, 1.331e-8, 1.334e-8)]
        ['13.29', '13.31', '13.34']
        >>> Numbers.of("energy", [7.3e-5]).said(7.3e-5), Numbers.of("accuracy", [0.8], [0.02]).said(0.8, 0.02)
        ('73 µJ', '80.0 ± 2.0 %')
        """
        given = [abs(mean) for mean in means if mean is not None]
        largest, metric = max(given, default=0.0), catalog.known(name)
        factor, unit = (like.factor, like.unit) if like else _prefixed(metric.unit, metric.factor, largest)
        spread = [factor * half for half in halves if half]
        digits = _decimals([factor * mean for mean in given], spread, metric.is_share)
        return cls(factor, unit, digits, metric.is_share)

    def value(self, value: float | None) -> str:
        """Without its unit."""
        if value is None:
            return ""
        scaled = self.factor * value
        if self.decimals is None:
            return f"{scaled:.{SIGNIFICANT}g}"
        return f"{scaled:{',' if abs(scaled) >= WIDE else ''}.{self.decimals}f}"

    def spread(self, mean: float | None, half: float | None) -> str:
        """A mean and the half-width of its interval, if it has one."""
        if mean is None or half is None:
            return self.value(mean)
        return f"{self.value(mean)} ± {0 if half <= 1e-9 * abs(mean) else self.value(half)}"

    def signed(self, value: float, half: float | None = None) -> str:
        """A difference of two values."""
        return f"{MINUS if value < 0 else '+'}{self.spread(abs(value), half)}"

    def said(self, value: float | None, half: float | None = None) -> str:
        """With its unit."""
        return "" if value is None else f"{self.spread(value, half)} {self.unit}".rstrip()


def _prefixed(unit: str, factor: float, largest: float) -> tuple[float, str]:
    """The factor and unit of a metric, but for another prefix where its largest value would be wide or narrow.

    >>> _prefixed("nJ", 1e9, 7e-7), _prefixed("nJ", 1e9, 7.35e-4), _prefixed("ms", 1e3, 2e-5), _prefixed("%", 100, 9e9)
    ((1000000000.0, 'nJ'), (1000000.0, 'µJ'), (1000000.0, 'µs'), (100, '%'))
    """
    prefix, base = unit[:-1], unit[-1:]
    if base not in PREFIXED or prefix not in PREFIXES or not largest or NARROW <= factor * largest < WIDE:
        return factor, unit
    place = PREFIXES.index(prefix)
    while factor * largest >= 1000 and place + 1 < len(PREFIXES):
        factor, place = factor / 1000, place + 1
    while factor * largest < 1 and place:
        factor, place = factor * 1000, place - 1
    return factor, PREFIXES[place] + base


def _decimals(values: Sequence[float], halves: Sequence[float], is_share: bool) -> int | None:
    largest = max(values, default=0.0)
    if 0 < largest < LEAST:
        return None
    least = 2 if is_share else 0 if largest >= WIDE else SIGNIFICANT - 1 - _magnitude(largest)
    found = next((d for d in range(least, least + FURTHER) if _are_apart(values, d)), least + FURTHER)
    if halves:
        smallest, widest = min(halves), max(halves)
        finest = max(_of_interval(smallest), 1 if smallest < TENTHS else 0)
        return min(finest, max(found, _of_interval(widest)))
    needless = (d for d in range(found) if not is_share and all(_is_whole(v, d, found) for v in values))
    return next(needless, found)


def _are_apart(values: Iterable[float], decimals: int) -> bool:
    """Whether all that differ in their first digits do so with these decimals."""
    differing = {f"{value:.{SIGNIFICANT}g}" for value in values}
    return len({f"{float(value):.{decimals}f}" for value in differing}) == len(differing)


def _is_whole(value: float, decimals: int, of: int) -> bool:
    """Whether further decimals, up to so many, are zeros."""
    return float(f"{value:.{decimals}f}") == float(f"{value:.{of}f}")


def _of_interval(half: float) -> int:
    """Decimals with two digits of it."""
    return max(0, 1 - _magnitude(half))


def _magnitude(value: float) -> int:
    return floor(log10(value)) if value else 0


def relative(share: float | None) -> str:
    """How much more or less than another.

    >>> relative(0.031), relative(-0.5), relative(None)
    ('+3.1 %', '−50.0 %', '')
    """
    return "" if share is None else f"{MINUS if share < 0 else '+'}{abs(100 * share):.1f} %"


def p_value(p: float) -> str:
    """A probability of a test, to two digits.

    >>> p_value(0.00984), p_value(1.0)
    ('0.0098', '1')
    """
    return f"{p:.2g}"


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
