"""Errors a user can mend. Their messages say what was got, what is allowed and what to do; bugs stay plain."""

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """Base of every error that the user, not the programmer, can mend."""

    status = 422
    title = "Invalid input"


class NotFoundError(UserError):
    status = 404
    title = "Not found"


class ConflictError(UserError):
    status = 409
    title = "Conflict"


class GoneError(UserError):
    status = 410
    title = "Gone"


class TrialError(UserError):
    """A trial that cannot give a result, such as one whose loss is no longer finite."""

    title = "Trial failed"


class Diverged(TrialError):
    """Its numbers are no longer finite: that says something of what it tried, and it would again."""


def got(value: object, limit: int = 80) -> str:
    """A value as messages quote it: not longer than a line.

    >>> got("lif"), got(list(range(100)), 12)
    ("'lif'", '[0, 1, 2,...')
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, or lists in lists in lists
        text = f"a {type(value).__name__} too long to show"
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def did_you_mean(name: object, allowed: Iterable[str]) -> str:
    """The end of a message about a name that is none of those allowed; empty where none is like it.

    >>> did_you_mean("shedule", ["scheduler", "seeds"]), did_you_mean("colour", ["scheduler", "seeds"])
    ("; did you mean 'scheduler'?", '')
    """
    close = difflib.get_close_matches(str(name)[:80], list(allowed), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
