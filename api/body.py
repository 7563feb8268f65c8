"""A JSON body, read so that nothing fails later: what no database, page or number can hold is refused by its place."""

import json
from collections.abc import Iterator
from sys import float_info
from typing import Any

from searchsvc import files
from spaces.errors import UserError, got

DEPTH = 64  # levels of lists and objects; a specification has fewer than ten


def read(body: bytes) -> Any:
    """The value that the body says.

    Raises:
        UserError: it is nested too deeply, gives a key twice, has a number too large or text that is no Unicode.
        JSONDecodeError: it is no JSON.
    """
    try:
        value = files.from_json(body)
    except RecursionError:
        raise _too_deep() from None
    except UnicodeDecodeError:
        raise UserError("body: got bytes that are no UTF-8; send JSON as UTF-8") from None
    except json.JSONDecodeError:
        raise
    except ValueError as error:  # an integer of thousands of digits
        raise UserError(f"body: got a number that cannot be read ({error}); give one below 1e308") from None
    for place, item in _leaves(value):
        if reason := _wrong(item):
            raise UserError(f"{'.'.join(map(str, place)) or 'body'}: {reason}")
    return value


def _leaves(value: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Keys, texts and integers with the place where they are, in no order.

    >>> list(_leaves({"a": [1, 0.5]}))
    [((), 'a'), (('a', 0), 1)]
    """
    waiting: list[tuple[tuple[Any, ...], Any]] = [((), value)]
    while waiting:
        place, item = waiting.pop()
        if len(place) > DEPTH:
            raise _too_deep()
        if isinstance(item, dict):
            for key in item:
                yield place, key
            waiting += (((*place, key), inner) for key, inner in item.items())
        elif isinstance(item, list):
            waiting += (((*place, index), inner) for index, inner in enumerate(item))
        elif isinstance(item, str | int):
            yield place, item


def _wrong(item: str | int) -> str | None:
    if isinstance(item, int):
        return f"got an integer of {len(str(abs(item)))} digits; give one below 1e308" if _is_huge(item) else None
    if "\0" in item:
        return f"got {got(item)}, with a NUL, which a database cannot hold; leave it out"
    if not item.isascii() and not _is_unicode(item):
        return f"got {got(item)}, with half of a character (a lone surrogate); give whole characters"
    return None


def _is_huge(number: int) -> bool:
    return abs(number) > float_info.max


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _too_deep() -> UserError:
    return UserError(f"body: got lists or objects nested more than {DEPTH} deep; a specification needs fewer than ten")
