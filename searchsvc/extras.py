"""What an installation leaves out: training code needs little, and extras bring the rest.

>>> with explained():
...     raise ModuleNotFoundError("No module named 'sklearn'", name="sklearn.svm")
Traceback (most recent call last):
searchsvc.extras.NotInstalled: this needs sklearn, which is not installed; run: pip install 'searchsvc[server]'
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from importlib.util import find_spec

from spaces.errors import UserError

EXTRAS = ("server", "images")
OTHER_NAMES = {"PIL": "pillow", "ot": "pot", "sklearn": "scikit-learn", "yaml": "pyyaml"}  # by modules


class NotInstalled(UserError, ImportError):
    """A module of ours needs one that comes with an extra."""


@contextmanager
def explained() -> Iterator[None]:
    """A module that is not here becomes a sentence, if it is one of ours to require.

    Raises:
        NotInstalled: with the command that installs it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if said := _sentence((error.name or "").partition(".")[0]):
            raise NotInstalled(said) from error
        raise


def require(*modules: str) -> None:
    """That these are here, for what another process will import.

    Raises:
        NotInstalled: with the command that installs the first that is not.
    """
    for module in modules:
        if not find_spec(module) and (said := _sentence(module)):
            raise NotInstalled(said)


def _sentence(module: str) -> str | None:
    wanted = OTHER_NAMES.get(module, module).replace("_", "-")
    for requirement in _requirements():
        extra = re.search(r"extra == ['\"](\w+)", requirement)
        if re.match(r"[\w.-]+", requirement)[0] != wanted or (extra and extra[1] not in EXTRAS):  # type: ignore[index]
            continue
        place = f"'searchsvc[{extra[1]}]'" if extra else "searchsvc"
        return f"this needs {module}, which is not installed; run: pip install {place}"
    return None


def _requirements() -> list[str]:
    try:
        return metadata.requires("searchsvc") or []
    except metadata.PackageNotFoundError:  # a checkout on Python's path
        return []
