"""Environment variables that we read: an empty one means the default, wherever it is read."""

import os


def variable(name: str, default: str = "") -> str:
    """The value of `name`; `default` where it is not set, empty or blank.

    >>> os.environ["SEARCHSVC_EXAMPLE"] = " "
    >>> variable("SEARCHSVC_EXAMPLE", "lif")
    'lif'
    """
    return os.environ.get(name, "").strip() or default  # noqa: TID251 - here alone


def set_default(name: str, value: str) -> None:
    """Set `name` for libraries that read it themselves, unless it has a value."""
    os.environ[name] = variable(name, value)
