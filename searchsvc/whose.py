"""Whose packages are found: ours lie beside this one, and a user's own folder of the same name may come before them."""

import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]


def require(*packages: str) -> None:
    """Whether these packages are ours.

    Raises:
        ImportError: saying whose was found, and what to do.
    """
    for package in packages:
        places = _places(package)
        if places and ROOT / package not in places:
            raise ImportError(
                f"searchsvc: {package!r} is that of {places[0]}, which comes before ours on Python's path; "
                f"rename that folder or file, or run from another folder"
            )


def _places(package: str) -> list[Path]:
    """The folders of a package, or the file of a module, as they would be imported or have been."""
    found = sys.modules.get(package)
    if found is not None and found.__spec__ is None:
        return [Path(getattr(found, "__file__", "") or "memory").absolute()]
    spec = find_spec(package)
    if spec is None:
        return []
    if spec.submodule_search_locations:
        return [Path(place).absolute() for place in spec.submodule_search_locations]
    return [Path(spec.origin or "memory").absolute()]
