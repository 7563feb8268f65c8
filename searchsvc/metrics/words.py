"""How metrics and searches are named to people, by command line, pages and pictures alike."""

import unicodedata
from collections.abc import Sequence

from searchsvc.metrics.numbers import Numbers, duration

UNTESTED = "cannot be tested with these seeds"  # a difference: of single scores, or of scores that never vary

SPLITS = {  # of metrics, where they are called otherwise
    "validation_confirmed": "fresh seeds",
    "test_confirmed": "test, fresh seeds",
    "confirmed": "fresh seeds",
}


def shown(name: str, value: float, *, difference: bool = False) -> str:
    """A value of the metric of this full name.

    >>> shown("accuracy/validation", 0.9861), shown("energy", 7.35e-7), shown("energy/confirmed", 1.329e-8)
    ('98.61 %', '735 nJ', '13.29 nJ')
    >>> shown("accuracy/validation", 0.0037, difference=True), shown("sops", -120.0, difference=True)
    ('+0.37 points', '−120')
    """
    numbers = Numbers.of(name, [value])
    if not difference:
        return numbers.said(value)
    return f"{numbers.signed(value)} {'points' if numbers.is_share else numbers.unit}".rstrip()


def folded(text: str) -> str:
    """Text without differences of case and of how a character is written, which SQL folds for ASCII alone.

    >>> folded("ÉTÉ Straße") == folded("e\u0301te\u0301 STRASSE")
    True
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def called(name: str, kind: str, task: str) -> str:
    """A search, by its own name if it has one; not every kind has a task.

    >>> called("", "neuron_placement", "digits"), called("first try", "neuron_placement", "digits")
    ('neuron placement on digits', 'first try')
    """
    return name or kind.replace("_", " ") + (f" on {task}" if task else "")


def titled(label: str, aliases: Sequence[str] = ()) -> str:
    """A candidate, by all its labels.

    >>> titled("all SLIF", ["searched"]), titled("random 1")
    ('all SLIF = searched', 'random 1')
    """
    return " = ".join([label, *aliases])


def left(seconds: float | None) -> str:
    """The time that a search will still take, as far as it is known.

    >>> left(200.0), left(None)
    ('about 3 min 20 s left', '')
    """
    return "" if seconds is None else f"about {duration(seconds)} left"


def standing(state: str, place: int | None = None) -> str:
    """The state of a search, and its place while it waits.

    >>> standing("queued", 3), standing("running")
    ('waiting, 3. in the queue', 'running')
    """
    return (f"waiting, {place}. in the queue" if place else "waiting") if state == "queued" else state
